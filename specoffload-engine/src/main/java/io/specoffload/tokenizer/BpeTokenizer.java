package io.specoffload.tokenizer;

import io.specoffload.format.Metadata;
import io.specoffload.format.ModelFormatException;
import io.specoffload.tokenizer.TokenVocabulary.Defaults;
import io.specoffload.tokenizer.Vocabulary.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Byte-level BPE, {@code tokenizer.ggml.model = gpt2}: text is cut into words, each word's bytes are joined by the rank
 * of the merges.
 */
final class BpeTokenizer extends VocabularyTokenizer {

    /** Words are remembered during one call; these bounds keep that from costing more than it saves. */
    private static final int REMEMBERED_WORDS = 1 << 14;

    private static final int REMEMBERED_LENGTH = 48;

    private final PreTokenizers.Rules rules;
    private final Map<String, Integer> ids = new HashMap<>();

    /** Symbols that merges name but that are no tokens; their numbers follow the tokens'. */
    private final List<String> otherSymbols = new ArrayList<>();

    private final int[] byteSymbols = new int[256];
    private final PairTable merges;

    BpeTokenizer(Metadata metadata) {
        this(metadata, PreTokenizers.named(metadata.string("tokenizer.ggml.pre").orElse("default")));
    }

    private BpeTokenizer(Metadata metadata, PreTokenizers.Rules rules) {
        super(new TokenVocabulary(metadata, new Defaults(true, -1, -1, -1, rules.addBos())), Set.of());
        this.rules = rules;
        TokenVocabulary vocabulary = vocabulary();
        for (int id = 0; id < vocabulary.size(); id++) {
            Kind kind = vocabulary.kind(id);
            // plain text must never turn into a control token
            if (kind != Kind.CONTROL && kind != Kind.UNKNOWN && kind != Kind.BYTE) {
                ids.put(vocabulary.text(id), id);
            }
        }
        Map<String, Integer> symbols = new HashMap<>(ids);
        for (int value = 0; value < 256; value++) {
            byteSymbols[value] = symbol(symbols, String.valueOf(ByteAlphabet.character(value)));
        }
        List<String> pairs = metadata.strings("tokenizer.ggml.merges").orElse(List.of());
        merges = new PairTable(pairs.size());
        for (int rank = 0; rank < pairs.size(); rank++) {
            String pair = pairs.get(rank);
            int space = pair.indexOf(' ', 1);
            if (space < 1 || space == pair.length() - 1) {
                throw new ModelFormatException(
                        "tokenizer.ggml.merges: entry " + rank + " is not a pair of symbols: '" + pair + "'");
            }
            String left = pair.substring(0, space);
            String right = pair.substring(space + 1);
            long merged = symbol(symbols, left + right);
            merges.putIfAbsent(symbol(symbols, left), symbol(symbols, right), (long) rank << 32 | merged);
        }
    }

    private int symbol(Map<String, Integer> symbols, String text) {
        return symbols.computeIfAbsent(text, key -> {
            otherSymbols.add(key);
            return vocabulary().size() + otherSymbols.size() - 1;
        });
    }

    @Override
    TextEncoder textEncoder() {
        return new WordEncoder();
    }

    /** Encodes the texts of one call. */
    private final class WordEncoder implements TextEncoder {

        private final BigramMerger merger =
                new BigramMerger((start, end, left, right) -> merges.get(left, right, BigramMerger.Rules.NONE));
        private final Map<String, int[]> remembered = new HashMap<>();

        @Override
        public void encode(String text, boolean afterSpecial, IntList out) {
            IntList ends = rules.preTokenizer().split(text);
            int start = 0;
            for (int i = 0; i < ends.size(); i++) {
                encodeWord(text.substring(start, ends.get(i)), out);
                start = ends.get(i);
            }
        }

        private void encodeWord(String word, IntList out) {
            int[] known = remembered.get(word);
            if (known != null) {
                out.addAll(known);
                return;
            }
            int before = out.size();
            byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
            Integer whole = rules.wholeWords() ? ids.get(ByteAlphabet.encode(bytes)) : null;
            if (whole != null) {
                out.add(whole);
            } else {
                merge(bytes, out);
            }
            if (word.length() <= REMEMBERED_LENGTH && remembered.size() < REMEMBERED_WORDS) {
                remembered.put(word, out.toArray(before));
            }
        }

        private void merge(byte[] bytes, IntList out) {
            merger.clear();
            for (int i = 0; i < bytes.length; i++) {
                merger.add(i, i + 1, byteSymbols[Byte.toUnsignedInt(bytes[i])]);
            }
            merger.merge();
            for (int symbol = merger.first(); symbol >= 0; symbol = merger.after(symbol)) {
                int id = merger.value(symbol);
                if (id < vocabulary().size()) {
                    out.add(id);
                } else {
                    encodeBytes(Arrays.copyOfRange(bytes, merger.start(symbol), merger.end(symbol)), out);
                }
            }
        }

        /** A symbol that is no token becomes its bytes' tokens. */
        private void encodeBytes(byte[] bytes, IntList out) {
            for (byte value : bytes) {
                int id = byteSymbols[Byte.toUnsignedInt(value)];
                out.add(
                        id < vocabulary().size()
                                ? id
                                : vocabulary()
                                        .unknown()
                                        .orElseThrow(() -> new IllegalArgumentException(
                                                "the vocabulary has no token for the byte 0x%02X".formatted(value))));
            }
        }
    }
}
