package io.specoffload.tokenizer;

import io.specoffload.format.Metadata;
import io.specoffload.tokenizer.Vocabulary.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Builds the metadata of small tokenizers. */
final class SmallVocabulary {

    private final List<String> texts = new ArrayList<>();
    private final List<Float> scores = new ArrayList<>();
    private final List<Kind> kinds = new ArrayList<>();
    private final List<String> merges = new ArrayList<>();
    private final Map<String, Object> values = new LinkedHashMap<>();

    /** All bytes, and merges that build "hello", " hello", "world" and "aaaa". */
    static SmallVocabulary bpe() {
        SmallVocabulary all = new SmallVocabulary().set("tokenizer.ggml.model", "gpt2");
        for (int value = 0; value < 256; value++) {
            all.token(String.valueOf(ByteAlphabet.character(value)), Kind.NORMAL);
        }
        for (String merge : List.of(
                "l l", "h e", "he ll", "hell o", "\u0120 hello", "o r", "w or", "l d", "wor ld", "a a", "aa aa")) {
            all.merge(merge);
        }
        return all;
    }

    /** The first three tokens of Llama, all bytes, and pieces that build "hello" and "world". */
    static SmallVocabulary sentencePiece() {
        SmallVocabulary all = new SmallVocabulary().set("tokenizer.ggml.model", "llama");
        all.token("<unk>", Kind.UNKNOWN).token("<s>", Kind.CONTROL).token("</s>", Kind.CONTROL);
        for (int value = 0; value < 256; value++) {
            all.token("<0x%02X>".formatted(value), Kind.BYTE);
        }
        float score = 0;
        for (String piece : List.of(
                "ll",
                "he",
                "hell",
                "hello",
                "\u2581hello",
                "or",
                "wor",
                "ld",
                "world",
                "\u2581world",
                "\u2581\u2581",
                "h",
                "e",
                "l",
                "o",
                "w",
                "r",
                "d",
                "\u2581")) {
            all.token(piece, Kind.NORMAL, --score);
        }
        return all;
    }

    SmallVocabulary token(String text, Kind kind) {
        return token(text, kind, 0);
    }

    SmallVocabulary token(String text, Kind kind, float score) {
        texts.add(text);
        kinds.add(kind);
        scores.add(score);
        return this;
    }

    SmallVocabulary merge(String pair) {
        merges.add(pair);
        return token(pair.replace(" ", ""), Kind.NORMAL);
    }

    SmallVocabulary set(String key, Object value) {
        values.put(key, value);
        return this;
    }

    int id(String text) {
        return texts.lastIndexOf(text);
    }

    int[] ids(String... tokens) {
        return java.util.Arrays.stream(tokens).mapToInt(this::id).toArray();
    }

    int size() {
        return texts.size();
    }

    Metadata metadata() {
        Map<String, Object> all = new LinkedHashMap<>();
        float[] numbers = new float[scores.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = scores.get(i);
        }
        all.put("tokenizer.ggml.tokens", List.copyOf(texts));
        all.put("tokenizer.ggml.scores", numbers);
        all.put(
                "tokenizer.ggml.token_type",
                kinds.stream().mapToLong(kind -> kind.ordinal() + 1).toArray());
        all.put("tokenizer.ggml.merges", List.copyOf(merges));
        all.putAll(values);
        return new Metadata(all);
    }

    Tokenizer tokenizer() {
        return Tokenizers.from(metadata());
    }
}
