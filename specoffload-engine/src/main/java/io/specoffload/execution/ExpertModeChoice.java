package io.specoffload.execution;

import io.specoffload.store.ExpertCache.Mode;
import java.util.Locale;

/**
 * Chooses how a pass gets its experts, by measured cost: read those that the routers choose, when they have chosen
 * them, and wait; or read all of them ahead of time, under the compute. Not thread-safe.
 */
public final class ExpertModeChoice {

    /** Weight of the latest measurement. */
    private static final double RECENT = 0.3;

    private final int layers;
    private final int perLayer;
    private final int used;
    private final long expertBytes;
    private final int cached;
    private double bytesPerSecond;
    private double computePerRow;
    private double coverageRatio = 1;
    private double missRatio;

    /**
     * What was chosen, and why.
     *
     * @param onDemandSeconds expected time of a pass that reads what it needs
     * @param sweepSeconds expected time of a pass that reads everything ahead; both 0 before anything was measured
     */
    public record Decision(Mode mode, double onDemandSeconds, double sweepSeconds) {

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT, "%s (on demand %.3f s, sweep %.3f s)", mode, onDemandSeconds, sweepSeconds);
        }
    }

    /**
     * @param layers of experts
     * @param perLayer experts of a layer
     * @param used experts per token
     * @param expertBytes of one
     * @param cached experts that stay in memory
     */
    public ExpertModeChoice(int layers, int perLayer, int used, long expertBytes, int cached) {
        this.layers = layers;
        this.perLayer = perLayer;
        this.used = used;
        this.expertBytes = expertBytes;
        this.cached = cached;
        this.missRatio = 1 - cachedShare();
    }

    private double cachedShare() {
        return Math.min(1, (double) cached / ((double) layers * perLayer));
    }

    /** Distinct experts that rows need of a layer, if each chooses independently of the others. */
    static double coverage(int rows, int perLayer, int used) {
        return perLayer * (1 - Math.pow(1 - (double) used / perLayer, rows));
    }

    /** Bytes that a pass of so many rows is expected to read, in the mode that would be chosen for it. */
    double expectedBytes(int rows) {
        double needed = decide(rows).mode() == Mode.SWEEP ? perLayer : needed(rows);
        return layers * needed * expertBytes * (1 - cachedShare());
    }

    /** Distinct experts that so many rows need of a layer, as far as is known from passes. */
    private double needed(int rows) {
        return Math.min(perLayer, coverageRatio * coverage(rows, perLayer, used));
    }

    /** Chooses for a pass of so many rows. */
    public Decision decide(int rows) {
        double needed = needed(rows);
        if (bytesPerSecond == 0) {
            return new Decision(needed > 0.9 * perLayer ? Mode.SWEEP : Mode.ON_DEMAND, 0, 0);
        }
        double compute = computePerRow * rows;
        double all = (double) layers * perLayer * expertBytes;
        double onDemand = compute + layers * needed * expertBytes * missRatio / bytesPerSecond;
        double sweep = Math.max(compute, all * (1 - cachedShare()) / bytesPerSecond);
        return new Decision(sweep < onDemand ? Mode.SWEEP : Mode.ON_DEMAND, onDemand, sweep);
    }

    /**
     * Learns from a pass.
     *
     * @param rows of the pass
     * @param mode it ran in
     * @param distinct experts that it used, over all layers
     * @param misses of them, those that were not there and not on their way
     * @param computeSeconds time that it did not wait
     * @param bytes read meanwhile
     * @param ioSeconds time spent reading them
     */
    public void learn(
            int rows, Mode mode, long distinct, long misses, double computeSeconds, long bytes, double ioSeconds) {
        if (rows == 0 || distinct == 0) {
            return;
        }
        double expected = layers * coverage(rows, perLayer, used);
        coverageRatio = blend(coverageRatio, distinct / expected);
        computePerRow = computePerRow == 0 ? computeSeconds / rows : blend(computePerRow, computeSeconds / rows);
        if (ioSeconds > 0 && bytes > 0) {
            double rate = bytes / ioSeconds;
            bytesPerSecond = bytesPerSecond == 0 ? rate : blend(bytesPerSecond, rate);
        }
        if (mode == Mode.ON_DEMAND) {
            missRatio = blend(missRatio, (double) misses / distinct);
        }
    }

    private static double blend(double before, double now) {
        return (1 - RECENT) * before + RECENT * now;
    }
}
