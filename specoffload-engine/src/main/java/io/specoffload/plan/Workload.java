package io.specoffload.plan;

/**
 * What is to be generated.
 *
 * @param contextLength tokens of a sequence's context, on average: prompt and half of the answer
 * @param outputLength new tokens per sequence
 * @param acceptance probability that a candidate stands if those before it do
 */
public record Workload(int contextLength, int outputLength, double acceptance) {

    public Workload {
        if (contextLength < 0 || outputLength < 1 || !(acceptance >= 0 && acceptance <= 1)) {
            throw new IllegalArgumentException("a workload of context " + contextLength + ", output " + outputLength
                    + ", acceptance " + acceptance);
        }
    }
}
