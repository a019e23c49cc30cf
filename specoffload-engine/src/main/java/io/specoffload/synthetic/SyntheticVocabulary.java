package io.specoffload.synthetic;

import java.util.List;
import java.util.Map;

/**
 * A SentencePiece vocabulary in which every text of ordinary tokens goes back to the same tokens: three special tokens,
 * 256 bytes, the word mark, 26 letters, then the ordinary tokens, each a word of letters with the mark before it. All
 * beginnings of a word come before it, and no piece without the mark is longer than a letter, so that merging can only
 * lengthen words, letter by letter.
 */
final class SyntheticVocabulary {

    private static final int BOS = 1;
    private static final int EOS = 2;
    private static final int FIRST_BYTE = 3;
    private static final int LETTERS = 26;
    private static final String MARK = "\u2581";

    /** The first ordinary token. */
    static final int FIRST_ORDINARY = FIRST_BYTE + 256 + 1 + LETTERS;
    /** Fewest tokens of a vocabulary: below, disagreements cannot be spread evenly. */
    static final int MINIMUM = FIRST_ORDINARY + 26;

    private final String[] pieces;

    SyntheticVocabulary(int size) {
        pieces = new String[size];
        pieces[0] = "<unk>";
        pieces[BOS] = "<s>";
        pieces[EOS] = "</s>";
        for (int b = 0; b < 256; b++) {
            pieces[FIRST_BYTE + b] = String.format("<0x%02X>", b);
        }
        pieces[FIRST_BYTE + 256] = MARK;
        for (int c = 0; c < LETTERS; c++) {
            pieces[FIRST_BYTE + 257 + c] = String.valueOf((char) ('a' + c));
        }
        for (int i = FIRST_ORDINARY; i < size; i++) {
            pieces[i] = MARK + word(i - FIRST_ORDINARY);
        }
    }

    /** The words of one letter, then those of two, ...: bijective base 26. */
    private static String word(int index) {
        StringBuilder word = new StringBuilder();
        for (int n = index + 1; n > 0; n = (n - 1) / LETTERS) {
            word.append((char) ('a' + (n - 1) % LETTERS));
        }
        return word.reverse().toString();
    }

    void describe(Map<String, Object> metadata) {
        float[] scores = new float[pieces.length];
        int[] types = new int[pieces.length];
        for (int i = 0; i < pieces.length; i++) {
            // the earlier, the more eagerly merged: words grow from their beginnings
            scores[i] = -i;
            types[i] = i == 0 ? 2 : i <= EOS ? 3 : i < FIRST_BYTE + 256 ? 6 : 1;
        }
        metadata.put("tokenizer.ggml.model", "llama");
        metadata.put("tokenizer.ggml.pre", "default");
        metadata.put("tokenizer.ggml.tokens", List.of(pieces));
        metadata.put("tokenizer.ggml.scores", scores);
        metadata.put("tokenizer.ggml.token_type", types);
        metadata.put("tokenizer.ggml.unknown_token_id", 0);
        metadata.put("tokenizer.ggml.bos_token_id", BOS);
        metadata.put("tokenizer.ggml.eos_token_id", EOS);
        metadata.put("tokenizer.ggml.add_bos_token", true);
        metadata.put("tokenizer.ggml.add_eos_token", false);
        metadata.put("tokenizer.ggml.add_space_prefix", true);
    }
}
