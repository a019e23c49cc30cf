package io.specoffload.tokenizer;

import io.specoffload.format.Metadata;
import io.specoffload.tokenizer.TokenVocabulary.Defaults;
import io.specoffload.tokenizer.Vocabulary.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * SentencePiece's BPE, {@code tokenizer.ggml.model = llama}: spaces become U+2581, the pair with the best score is
 * joined first, characters without a token become byte tokens.
 */
final class SentencePieceTokenizer extends VocabularyTokenizer {

    /** What stands for a space in token texts. */
    static final char SPACE = '\u2581';

    private static final int NO_TOKEN = -1;

    private final Map<String, Integer> ids = new HashMap<>();
    private final int[] byteTokens = new int[256];
    private final boolean addSpacePrefix;
    private final int longest;

    SentencePieceTokenizer(Metadata metadata) {
        this(metadata, new TokenVocabulary(metadata, new Defaults(false, 1, 2, 0, true)));
    }

    private SentencePieceTokenizer(Metadata metadata, TokenVocabulary vocabulary) {
        super(vocabulary, swallowSpace(metadata, vocabulary));
        addSpacePrefix = metadata.bool("tokenizer.ggml.add_space_prefix").orElse(true);
        Arrays.fill(byteTokens, NO_TOKEN);
        int maximum = 0;
        for (int id = 0; id < vocabulary.size(); id++) {
            switch (vocabulary.kind(id)) {
                case BYTE -> byteTokens[Byte.toUnsignedInt(vocabulary.sharedBytes(id)[0])] = id;
                case NORMAL, USER_DEFINED, UNUSED -> {
                    ids.put(vocabulary.text(id), id);
                    maximum = Math.max(maximum, vocabulary.text(id).length());
                }
                // plain text must never turn into a control token
                case CONTROL, UNKNOWN -> {}
            }
        }
        longest = maximum;
    }

    /** Phi-3's special tokens are declared with {@code rstrip}, which GGUF has no key for. */
    private static Set<Integer> swallowSpace(Metadata metadata, TokenVocabulary vocabulary) {
        String name = metadata.string("general.name").orElse("").toLowerCase(Locale.ROOT);
        if (!name.contains("phi-3") && !name.contains("phi3")) {
            return Set.of();
        }
        Map<Integer, String> names = vocabulary.names(kind -> kind == Kind.CONTROL || kind == Kind.USER_DEFINED);
        names.values().removeAll(Set.of("<unk>", "<s>", "<|endoftext|>"));
        return new HashSet<>(names.keySet());
    }

    @Override
    public String decodeText(int[] ids) {
        String text = decode(ids, false);
        return addSpacePrefix && text.startsWith(" ") ? text.substring(1) : text;
    }

    @Override
    TextEncoder textEncoder() {
        return (text, afterSpecial, out) ->
                encode((addSpacePrefix && afterSpecial ? SPACE + text : text).replace(' ', SPACE), out);
    }

    private void encode(String text, IntList out) {
        BigramMerger merger = new BigramMerger((start, end, left, right) -> rule(text, start, end));
        for (int start = 0; start < text.length(); ) {
            int end = text.offsetByCodePoints(start, 1);
            merger.add(start, end, ids.getOrDefault(text.substring(start, end), NO_TOKEN));
            start = end;
        }
        merger.merge();
        for (int symbol = merger.first(); symbol >= 0; symbol = merger.after(symbol)) {
            if (merger.value(symbol) != NO_TOKEN) {
                out.add(merger.value(symbol));
            } else {
                encodeBytes(text.substring(merger.start(symbol), merger.end(symbol)), out);
            }
        }
    }

    private long rule(String text, int start, int end) {
        if (end - start > longest) {
            return BigramMerger.Rules.NONE;
        }
        Integer id = ids.get(text.substring(start, end));
        if (id == null) {
            return BigramMerger.Rules.NONE;
        }
        // adding zero turns -0 into 0; the bits of negative floats are flipped so that they sort as ints
        int bits = Float.floatToIntBits(vocabulary().score(id) + 0f);
        int ascending = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
        return ((long) ~ascending << 32) | id;
    }

    private void encodeBytes(String character, IntList out) {
        int before = out.size();
        for (byte value : character.getBytes(StandardCharsets.UTF_8)) {
            int id = byteTokens[Byte.toUnsignedInt(value)];
            if (id == NO_TOKEN) {
                out.truncate(before);
                out.add(vocabulary()
                        .unknown()
                        .orElseThrow(() -> new IllegalArgumentException(
                                "the vocabulary has no token for the character " + character)));
                return;
            }
            out.add(id);
        }
    }
}
