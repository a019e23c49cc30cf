package io.specoffload.plan;

/** What rounds cost and yield here and now: measured by the pipeline, or computed by a {@link CostModel}. */
public interface RoundRates {

    /**
     * Streaming time in seconds of the sweep of a pass of {@code rows} rows; 0 for resident weights. Of experts more rows need
     * more.
     */
    double ioSeconds(int rows);

    /** Streaming time, in seconds, of what staging can take in while drafting; 0 if the stream stops then. */
    double stagingSeconds();

    /** Layers of the target. */
    int layers();

    /** Computing time in seconds of a pass of {@code rows} rows, waits for weights excluded. */
    double computeSeconds(int rows);

    /** Drafting time in seconds of {@code candidates} candidates for each of {@code sequences} sequences. */
    double draftSeconds(int sequences, int candidates);

    /** Expected tokens per sequence and verification with {@code candidates} candidates. */
    double expectedTokens(int candidates);

    /** Whether both models compute on the same device. */
    boolean sharedCompute();

    /** The same as good as it may be: where little was measured, or long ago, rounds may take less than is expected of them. */
    default RoundRates hopeful() {
        return this;
    }
}
