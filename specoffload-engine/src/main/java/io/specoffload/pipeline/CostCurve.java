package io.specoffload.pipeline;

import java.util.Map;
import java.util.TreeMap;

/**
 * Measured seconds by number of rows, each an exponentially weighted mean; exact counts up to 16 rows, eight per octave
 * beyond. Counts that were not measured are interpolated, and beyond what was measured estimated kindly, so that what
 * looks good is tried and thereby measured. Not thread-safe.
 */
final class CostCurve {

    private static final double WEIGHT = 0.25;
    private static final int EXACT = 16;

    private final TreeMap<Integer, Double> seconds = new TreeMap<>();

    void observe(int rows, double measured) {
        seconds.merge(bucket(rows), measured, (old, latest) -> old + WEIGHT * (latest - old));
    }

    boolean isEmpty() {
        return seconds.isEmpty();
    }

    /** The estimate for {@code rows} rows; 1 where nothing was measured at all. */
    double at(int rows) {
        int key = bucket(rows);
        Map.Entry<Integer, Double> below = seconds.floorEntry(key);
        Map.Entry<Integer, Double> above = seconds.ceilingEntry(key);
        if (below != null && above != null) {
            int span = above.getKey() - below.getKey();
            double part = span == 0 ? 0 : (double) (key - below.getKey()) / span;
            return below.getValue() + part * (above.getValue() - below.getValue());
        }
        if (above != null) {
            // fewer rows than ever measured: at best in proportion
            return above.getValue() * key / above.getKey();
        }
        if (below != null) {
            return below.getValue() + slope() * (key - below.getKey());
        }
        return 1;
    }

    /** Seconds per row over the measured range; 0 as long as that is a point. */
    private double slope() {
        Map.Entry<Integer, Double> first = seconds.firstEntry();
        Map.Entry<Integer, Double> last = seconds.lastEntry();
        int span = last.getKey() - first.getKey();
        return span == 0 ? 0 : Math.max(0, (last.getValue() - first.getValue()) / span);
    }

    private static int bucket(int rows) {
        if (rows <= EXACT) {
            return Math.max(1, rows);
        }
        int step = Integer.highestOneBit(rows) / 8;
        return rows / step * step;
    }
}
