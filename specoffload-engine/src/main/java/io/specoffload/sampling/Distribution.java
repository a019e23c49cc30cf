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

    /**
     * A token drawn by inverse cumulative probability.
     *
     * @param uniform in [0, 1)
     */
    public int draw(double uniform) {
        double total = 0;
        for (float probability : probabilities) {
            total += probability;
        }
        double rest = uniform * total;
        int chosen = 0;
        for (int i = 0; i < tokens.length && rest >= 0; i++) {
            if (probabilities[i] > 0) {
                rest -= probabilities[i];
                chosen = i;
            }
        }
        return tokens[chosen];
    }

    /**
     * The token that maximizes log(p) + Gumbel(seed, position, token), which is distributed as p is. As Gumbel noise is
     * -log(E) of an exponential E, that is the token of least E / p; -log(u) >= 1 - u spares most of the logarithms.
     */
    public int race(TokenRandom random, int position) {
        int winner = tokens[0];
        double best = Double.POSITIVE_INFINITY;
        for (int i = 0; i < tokens.length; i++) {
            double u = Math.max(random.uniform(position, TokenRandom.Purpose.GUMBEL, tokens[i]), 0x1p-54);
            if (1 - u < best * probabilities[i]) {
                double time = -StrictMath.log(u) / probabilities[i];
                if (time < best) {
                    best = time;
                    winner = tokens[i];
                }
            }
        }
        return winner;
    }
}
