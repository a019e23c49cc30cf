package io.specoffload.sampling;

import java.util.Arrays;

/**
 * A processed distribution over tokens: what is left after penalties, grammar, temperature and truncation, normalized.
 * Sparse: only tokens of positive probability are listed, in ascending order of id. Immutable by convention; the
 * arrays are not copied.
 *
 * @param tokens ids, ascending
 * @param probabilities their probabilities, summing to 1 within rounding
 */
public record Distribution(int[] tokens, float[] probabilities) {

    /** All mass on one token. */
    public static Distribution point(int token) {
        return new Distribution(new int[] {token}, new float[] {1f});
    }

    /** The probability of {@code token}, 0 for one that is not listed. */
    public float probability(int token) {
        int index = Arrays.binarySearch(tokens, token);
        return index < 0 ? 0f : probabilities[index];
    }

    /** The most likely token; of equally likely ones the smallest id. */
    public int argmax() {
        int best = 0;
        for (int i = 1; i < tokens.length; i++) {
            if (probabilities[i] > probabilities[best]) {
                best = i;
            }
        }
        return tokens[best];
    }
}
