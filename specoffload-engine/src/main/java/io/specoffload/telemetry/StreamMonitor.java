package io.specoffload.telemetry;

/** Live figures of a model whose weights stream. Any thread may ask. */
public interface StreamMonitor {

    /** The latest complete pass. */
    SweepStatistics lastSweep();

    /** Totals since the start. */
    StreamCounters counters();

    /** What happened when, of late. */
    Timeline timeline();

    /** Whether experts are guessed, and why. */
    ExpertGuesses guesses();

    /** Bytes that may be read ahead while nothing computes, for example while drafting. */
    long readAheadBytes();

    /** Bytes of weights that one pass over all layers and the output head reads, every expert included. */
    long bytesPerSweep();

    /**
     * Bytes that a pass of so many rows is expected to read: of experts, those that the rows will need and memory lacks.
     * Asked between passes, by the thread that runs them.
     */
    double expectedBytes(int rows);

    /**
     * Reads some of the same file, with as many reads in flight and nothing else to do: what the disk gives at best.
     * Takes up to half a second, during which streaming pauses.
     *
     * @return bytes per second
     */
    double measureDirectReads();

    /** What limits the latest passes: {@code disk} or {@code compute}. */
    default String bindingResource() {
        SweepStatistics sweep = lastSweep();
        return sweep.stallSeconds() > 0.1 * sweep.sweepSeconds() ? "disk" : "compute";
    }
}
