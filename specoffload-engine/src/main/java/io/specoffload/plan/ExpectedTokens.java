package io.specoffload.plan;

/** Expected tokens of one verification, the target's own token included. */
public final class ExpectedTokens {

    private ExpectedTokens() {}

    /**
     * f(p, n) = (1 - p^(n+1)) / (1 - p): {@code candidates} candidates, each accepted with {@code acceptance} if those
     * before it were, independently (Leviathan et al., arXiv 2211.17192, equation 1).
     *
     * @param acceptance probability, 0 to 1
     * @param candidates n, at least 0
     */
    public static double independent(double acceptance, int candidates) {
        double sum = 1;
        double survival = 1;
        for (int j = 0; j < candidates; j++) {
            survival *= acceptance;
            sum += survival;
        }
        return sum;
    }

    /**
     * 1 + the sum of the survival probabilities of the first {@code candidates} positions.
     *
     * @param conditional probability, per position, that the candidate stands if those before it do
     */
    public static double surviving(double[] conditional, int candidates) {
        double sum = 1;
        double survival = 1;
        for (int j = 0; j < candidates; j++) {
            survival *= conditional[j];
            sum += survival;
        }
        return sum;
    }

    /**
     * The expectation as SpecOffload's published planner has it, which counts the case that all candidates are accepted
     * as one token instead of n + 1. Here only to be compared with.
     */
    public static double published(double acceptance, int candidates) {
        double p = acceptance;
        int n = candidates;
        return (1 - (n + 1) * Math.pow(p, n + 1) + n * Math.pow(p, n + 2)) / (1 - p);
    }

    /** Tokens per sequence where a batch of {@code sequences} accepts only what all of them accept. */
    public static double lockstep(double acceptance, int candidates, int sequences) {
        return independent(Math.pow(acceptance, sequences), candidates);
    }

    /**
     * As {@link #independent}, for a sequence that may take only {@code remaining} further tokens: what is accepted
     * beyond them is of no use.
     */
    public static double capped(double acceptance, int candidates, int remaining) {
        return independent(acceptance, Math.min(candidates, Math.max(0, remaining - 1)));
    }
}
