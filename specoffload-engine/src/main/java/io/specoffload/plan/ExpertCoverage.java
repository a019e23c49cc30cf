package io.specoffload.plan;

import java.util.function.IntToDoubleFunction;

/** How many experts of a layer a batch touches, and what they cost. */
public final class ExpertCoverage {

    /** Rows from which on their number varies little compared with it. */
    private static final int MANY_ROWS = 64;

    /** Less likely numbers of rows are left out: costs differ by far less than a million times. */
    private static final double NEGLIGIBLE = 1e-9;

    private ExpertCoverage() {}

    /**
     * Expected number of distinct experts that {@code tokens} tokens use, E (1 - (1 - k/E)^tokens): exact where each
     * token's set is drawn independently and uniformly; real routing repeats itself and touches fewer.
     *
     * @param experts E of the layer; 1 for a dense one
     * @param used k per token
     */
    public static double distinct(int experts, int used, double tokens) {
        return experts * (1 - Math.pow(1 - (double) used / experts, tokens));
    }

    /**
     * Expected cost of one expert, whose rows are binomially distributed: n rows that each use it with probability k/E. The cost of the mean number of
     * rows is less where kernels have steps.
     *
     * @param tokens n; an average need not be whole
     * @param cost of an expert by its rows, 1 and more; an expert without rows costs nothing
     */
    public static double expectedCost(int experts, int used, double tokens, IntToDoubleFunction cost) {
        int below = (int) tokens;
        double part = tokens - below;
        double expected = (1 - part) * expectedCost((double) used / experts, below, cost);
        return part == 0 ? expected : expected + part * expectedCost((double) used / experts, below + 1, cost);
    }

    private static double expectedCost(double share, int tokens, IntToDoubleFunction cost) {
        double mean = share * tokens;
        if (share == 1 || mean > MANY_ROWS) {
            return cost.applyAsDouble((int) Math.round(mean));
        }
        double probability = Math.pow(1 - share, tokens);
        double expected = 0;
        for (int rows = 1; rows <= tokens; rows++) {
            probability *= (tokens - rows + 1) * share / (rows * (1 - share));
            if (probability > NEGLIGIBLE) {
                expected += probability * cost.applyAsDouble(rows);
            }
        }
        return expected;
    }
}
