package io.specoffload.telemetry;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How many experts the batches of a model touch: totals per layer since the start. Counting allocates nothing. One thread
 * counts, any thread may ask; figures asked for during a pass may differ by that pass.
 */
public final class RoutingStatistics implements RoutingListener {

    private final int experts;
    private final AtomicLongArray passes;
    private final AtomicLongArray rows;
    private final AtomicLongArray distinct;

    /**
     * @param layers layers of the model
     * @param experts experts per layer
     */
    public RoutingStatistics(int layers, int experts) {
        this.experts = experts;
        this.passes = new AtomicLongArray(layers);
        this.rows = new AtomicLongArray(layers);
        this.distinct = new AtomicLongArray(layers);
    }

    @Override
    public void routed(int layer, int rowCount, int distinctCount) {
        passes.incrementAndGet(layer);
        rows.addAndGet(layer, rowCount);
        distinct.addAndGet(layer, distinctCount);
    }

    /** Layers of the model. */
    public int layers() {
        return passes.length();
    }

    /** Experts per layer. */
    public int experts() {
        return experts;
    }

    /** Passes through a layer. */
    public long passes(int layer) {
        return passes.get(layer);
    }

    /** Rows that were routed in a layer, over all passes. */
    public long rows(int layer) {
        return rows.get(layer);
    }

    /** Experts that a layer's passes touched, each counted once per pass. */
    public long distinct(int layer) {
        return distinct.get(layer);
    }

    /** Experts that a pass touches in a layer on average; 0 before the first pass. */
    public double meanDistinct(int layer) {
        return ratio(distinct(layer), passes(layer));
    }

    /** Experts that a pass touches on average over all layers; 0 before the first pass. */
    public double meanDistinct() {
        return ratio(sum(distinct), sum(passes));
    }

    /** Rows of a pass on average; 0 before the first pass. */
    public double meanRows() {
        return ratio(sum(rows), sum(passes));
    }

    private static double ratio(long sum, long count) {
        return count == 0 ? 0 : (double) sum / count;
    }

    private static long sum(AtomicLongArray counts) {
        long sum = 0;
        for (int i = 0; i < counts.length(); i++) {
            sum += counts.get(i);
        }
        return sum;
    }
}
