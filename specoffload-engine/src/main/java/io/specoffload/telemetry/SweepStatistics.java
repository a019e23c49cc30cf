package io.specoffload.telemetry;

/**
 * One pass through all layers of a model whose weights stream.
 *
 * @param number counted from 1; 0 if there was none yet
 * @param sweepSeconds wall time of the pass
 * @param computeSeconds of it, the time that was not spent waiting for weights
 * @param stallSeconds of it, the time spent waiting for weights
 * @param ioSeconds time with at least one read in flight since the end of the sweep before, drafting time included
 * @param bytes weights read since the end of the sweep before
 * @param rows rows of the batch
 */
public record SweepStatistics(
        long number,
        double sweepSeconds,
        double computeSeconds,
        double stallSeconds,
        double ioSeconds,
        long bytes,
        int rows) {

    /** Before the first sweep. */
    public static final SweepStatistics NONE = new SweepStatistics(0, 0, 0, 0, 0, 0, 0);
}
