package io.specoffload.tokenizer;

import io.specoffload.format.Metadata;
import io.specoffload.format.ModelFormatException;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/** A vocabulary as {@code tokenizer.ggml.*} metadata gives it. */
final class TokenVocabulary implements Vocabulary {

    /** Names under which published models end a turn, whatever their metadata says. */
    private static final Set<String> END_NAMES = Set.of(
            "<|im_end|>",
            "<|eot_id|>",
            "<|eom_id|>",
            "<|end|>",
            "<|return|>",
            "<|call|>",
            "<|calls|>",
            "<|flush|>",
            "<end_of_turn>",
            "<|endoftext|>",
            "<|end_of_text|>",
            "<|eos|>",
            "<EOT>",
            "_<EOT>",
            "[EOT]",
            "[EOS]",
            "<\uFF5Cend\u2581of\u2581sentence\uFF5C>",
            "<end_of_utterance>");

    private final List<String> texts;
    private final byte[][] bytes;
    private final Kind[] kinds;
    private final float[] scores;
    private final OptionalInt bos;
    private final OptionalInt eos;
    private final OptionalInt unknown;
    private final boolean addBos;
    private final boolean addEos;
    private final BitSet ends = new BitSet();

    /**
     * What a family of tokenizers assumes where the file says nothing.
     *
     * @param byteLevel whether texts are in the {@link ByteAlphabet}, else in SentencePiece's way
     * @param bos id of BOS, or -1
     * @param eos id of EOS, or -1
     * @param unknown id of the unknown token, or -1
     * @param addBos whether BOS is added
     */
    record Defaults(boolean byteLevel, int bos, int eos, int unknown, boolean addBos) {}

    TokenVocabulary(Metadata metadata, Defaults defaults) {
        texts = List.copyOf(Metadata.required("tokenizer.ggml.tokens", metadata.strings("tokenizer.ggml.tokens")));
        if (texts.isEmpty()) {
            throw new ModelFormatException("tokenizer.ggml.tokens is empty");
        }
        kinds = kinds(metadata, texts.size());
        scores = metadata.floats("tokenizer.ggml.scores").orElseGet(() -> new float[texts.size()]);
        sameLength("tokenizer.ggml.scores", scores.length);
        bytes = new byte[texts.size()][];
        for (int id = 0; id < bytes.length; id++) {
            bytes[id] = bytes(texts.get(id), kinds[id], defaults.byteLevel());
        }
        bos = special(metadata, "bos", defaults.bos());
        eos = special(metadata, "eos", defaults.eos());
        unknown = special(metadata, "unknown", defaults.unknown());
        addBos = metadata.bool("tokenizer.ggml.add_bos_token").orElse(defaults.addBos()) && bos.isPresent();
        addEos = metadata.bool("tokenizer.ggml.add_eos_token").orElse(false) && eos.isPresent();
        findEnds(metadata);
    }

    private static Kind[] kinds(Metadata metadata, int size) {
        Kind[] kinds = new Kind[size];
        java.util.Arrays.fill(kinds, Kind.NORMAL);
        metadata.integers("tokenizer.ggml.token_type").ifPresent(numbers -> {
            if (numbers.length != size) {
                throw lengths("tokenizer.ggml.token_type", numbers.length, size);
            }
            for (int id = 0; id < size; id++) {
                long number = numbers[id];
                if (number < 0 || number > Kind.values().length) {
                    throw new ModelFormatException(
                            "tokenizer.ggml.token_type: token " + id + " has the unknown type " + number);
                }
                // 0 is "undefined"
                kinds[id] = number == 0 ? Kind.NORMAL : Kind.values()[(int) number - 1];
            }
        });
        return kinds;
    }

    private void sameLength(String key, int length) {
        if (length != texts.size()) {
            throw lengths(key, length, texts.size());
        }
    }

    private static ModelFormatException lengths(String key, int length, int expected) {
        return new ModelFormatException(key + " has " + length + " entries, tokenizer.ggml.tokens has " + expected);
    }

    private static byte[] bytes(String text, Kind kind, boolean byteLevel) {
        return switch (kind) {
            case CONTROL, UNKNOWN, USER_DEFINED -> text.getBytes(StandardCharsets.UTF_8);
            case BYTE -> new byte[] {(byte) byteValue(text)};
            case NORMAL, UNUSED ->
                byteLevel
                        ? ByteAlphabet.decode(text)
                        : text.replace(SentencePieceTokenizer.SPACE, ' ').getBytes(StandardCharsets.UTF_8);
        };
    }

    private static int byteValue(String text) {
        if (text.length() == 6 && text.startsWith("<0x") && text.endsWith(">")) {
            int high = Character.digit(text.charAt(3), 16);
            int low = Character.digit(text.charAt(4), 16);
            if (high >= 0 && low >= 0) {
                return 16 * high + low;
            }
        }
        throw new ModelFormatException(
                "tokenizer.ggml.tokens: a byte token must be called <0x00> to <0xFF>, not " + text);
    }

    /** Some files give 2^32 - 1 for "none". */
    private OptionalInt special(Metadata metadata, String role, int otherwise) {
        long id = metadata.integer("tokenizer.ggml." + role + "_token_id").orElse((long) otherwise);
        return id >= 0 && id < texts.size() ? OptionalInt.of((int) id) : OptionalInt.empty();
    }

    private void findEnds(Metadata metadata) {
        eos.ifPresent(ends::set);
        special(metadata, "eot", -1).ifPresent(ends::set);
        special(metadata, "eom", -1).ifPresent(ends::set);
        boolean returns = false;
        boolean calls = false;
        for (int id = 0; id < texts.size(); id++) {
            if (isSpecial(id) && END_NAMES.contains(texts.get(id))) {
                ends.set(id);
                returns |= texts.get(id).equals("<|return|>");
                calls |= texts.get(id).equals("<|call|>");
            }
        }
        if (returns && calls) {
            // in the harmony format, <|end|> ends a message and the answer goes on
            for (int id = ends.nextSetBit(0); id >= 0; id = ends.nextSetBit(id + 1)) {
                if (texts.get(id).equals("<|end|>")) {
                    ends.clear(id);
                }
            }
        }
    }

    private boolean isSpecial(int id) {
        return kinds[id] == Kind.CONTROL || kinds[id] == Kind.USER_DEFINED;
    }

    /** The token's text as the file has it. */
    String text(int id) {
        return texts.get(id);
    }

    float score(int id) {
        return scores[id];
    }

    OptionalInt unknown() {
        return unknown;
    }

    /** Names of the tokens of the given kinds. */
    Map<Integer, String> names(Predicate<Kind> wanted) {
        Map<Integer, String> names = new TreeMap<>();
        for (int id = 0; id < kinds.length; id++) {
            if (wanted.test(kinds[id])) {
                names.put(id, texts.get(id));
            }
        }
        return names;
    }

    /** The bytes of a token, not copied. */
    byte[] sharedBytes(int id) {
        return bytes[check(id)];
    }

    @Override
    public int size() {
        return texts.size();
    }

    @Override
    public byte[] bytes(int id) {
        return bytes[check(id)].clone();
    }

    @Override
    public Kind kind(int id) {
        return kinds[check(id)];
    }

    @Override
    public OptionalInt bos() {
        return bos;
    }

    @Override
    public OptionalInt eos() {
        return eos;
    }

    @Override
    public boolean addBos() {
        return addBos;
    }

    @Override
    public boolean addEos() {
        return addEos;
    }

    @Override
    public boolean isEndOfGeneration(int id) {
        return ends.get(check(id));
    }

    private int check(int id) {
        if (id < 0 || id >= bytes.length) {
            throw new IllegalArgumentException("token " + id + " is not in the vocabulary of " + bytes.length);
        }
        return id;
    }
}
