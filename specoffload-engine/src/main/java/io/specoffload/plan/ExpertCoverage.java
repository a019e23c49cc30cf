package io.specoffload.plan;

/** How many experts of a layer a batch touches. */
public final class ExpertCoverage {

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
}
