package io.specoffload.plan;

import org.jspecify.annotations.Nullable;

/**
 * What is asked of a plan: the requests to expect, and what counts.
 *
 * @param promptLength tokens of a prompt, on average
 * @param outputLength new tokens of a request, on average
 * @param sequences requests that are there at once; more slots than these are of no use
 * @param acceptance probability that a candidate stands if those before it do
 * @param objective what the best plan has most or least of
 * @param mostSecondsPerToken a plan whose sequences wait longer for a token is no plan; null for any
 * @param mostPauseSeconds how much longer than others a round may take in which prompts are read; null for any
 */
public record Demand(
        int promptLength,
        int outputLength,
        int sequences,
        double acceptance,
        Objective objective,
        @Nullable Double mostSecondsPerToken,
        @Nullable Double mostPauseSeconds) {

    /** What counts. */
    public enum Objective {
        /** Useful tokens per second over all sequences. */
        THROUGHPUT,
        /** Seconds per token of one sequence. */
        LATENCY
    }

    /** A chat with some users: what is planned for where nobody says what comes. */
    public static final Demand TYPICAL = new Demand(256, 128, 4, 0.7, Objective.THROUGHPUT, null, 0.5);

    public Demand {
        if (promptLength < 0 || outputLength < 1 || sequences < 1 || !(acceptance >= 0 && acceptance <= 1)) {
            throw new IllegalArgumentException("a demand of " + sequences + " sequences, prompt " + promptLength
                    + ", output " + outputLength + ", acceptance " + acceptance);
        }
        positive("mostSecondsPerToken", mostSecondsPerToken);
        positive("mostPauseSeconds", mostPauseSeconds);
    }

    /** Positions that a row attends to, on average: the prompt and half of the answer. */
    public double context() {
        return promptLength + outputLength / 2.0;
    }

    /** The same with another acceptance. */
    public Demand withAcceptance(double value) {
        return new Demand(
                promptLength, outputLength, sequences, value, objective, mostSecondsPerToken, mostPauseSeconds);
    }

    /** The same prompts and answers with so many sequences at once, and without limits. */
    Demand withLoad(int count) {
        return new Demand(promptLength, outputLength, count, acceptance, objective, null, null);
    }

    private static void positive(String name, @Nullable Double value) {
        if (value != null && !(value > 0)) {
            throw new IllegalArgumentException(name + " is " + value + ", but must be above 0");
        }
    }
}
