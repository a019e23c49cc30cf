package io.specoffload.calibration;

import io.specoffload.calibration.ReadLoad.Run;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks for the point at which a disk that was read without a pause became slower for good.
 *
 * @param burstBytesPerSecond bandwidth before it, or throughout
 * @param burstBytes bytes before it; null if there is no such point
 * @param sustainedBytesPerSecond bandwidth after it; null if there is no such point
 */
record BurstAnalysis(
        double burstBytesPerSecond,
        @Nullable Long burstBytes,
        @Nullable Double sustainedBytesPerSecond) {

    /** A fall to more than this is taken for noise. */
    private static final double FALL = 0.8;

    /** What follows the fall must last this long: shorter dips come from other users of the disk. */
    private static final double LEAST_SECONDS_AFTER = 0.3;

    private static final int LEAST_RUNS_ASIDE = 3;

    /** @param runs in order of time, at least one */
    static BurstAnalysis of(List<Run> runs) {
        Run all = sum(runs);
        int best = -1;
        double least = Double.POSITIVE_INFINITY;
        for (int split = LEAST_RUNS_ASIDE; split <= runs.size() - LEAST_RUNS_ASIDE; split++) {
            double error = error(runs.subList(0, split)) + error(runs.subList(split, runs.size()));
            if (error < least) {
                least = error;
                best = split;
            }
        }
        if (best < 0) {
            return new BurstAnalysis(all.bytesPerSecond(), null, null);
        }
        Run before = sum(runs.subList(0, best));
        Run after = sum(runs.subList(best, runs.size()));
        boolean fell =
                after.bytesPerSecond() < FALL * before.bytesPerSecond() && after.seconds() >= LEAST_SECONDS_AFTER;
        return fell
                ? new BurstAnalysis(before.bytesPerSecond(), before.bytes(), after.bytesPerSecond())
                : new BurstAnalysis(all.bytesPerSecond(), null, null);
    }

    private static Run sum(List<Run> runs) {
        return new Run(
                runs.stream().mapToLong(Run::bytes).sum(),
                runs.stream().mapToDouble(Run::seconds).sum());
    }

    /** Squared distance of the runs' rates from their mean. */
    private static double error(List<Run> runs) {
        double mean = runs.stream().mapToDouble(Run::bytesPerSecond).average().orElseThrow();
        return runs.stream()
                .mapToDouble(run -> (run.bytesPerSecond() - mean) * (run.bytesPerSecond() - mean))
                .sum();
    }
}
