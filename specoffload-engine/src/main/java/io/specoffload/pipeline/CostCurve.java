package io.specoffload.pipeline;

import java.util.Map;
import java.util.TreeMap;

/**
 * Measured seconds by number of rows, each an exponentially weighted mean, or the latest where that is far less; exact counts up to 16 rows, eight per octave
 * beyond. Counts that were not measured are interpolated, and beyond what was measured estimated kindly, so that what
 * looks good is tried and thereby measured. Not thread-safe.
 */
final class CostCurve {

    private static final double WEIGHT = 0.25;

    /**
     * What takes less than this share of what it took is believed at once: its code was compiled meanwhile, or others left
     * the machine. Much slower by chance is common, much faster is not; and what seems slow is measured again so rarely
     * that a mean would keep the old value for hundreds of rounds.
     */
    private static final double IMPROVED = 0.7;

    private static final int EXACT = 16;

    private final TreeMap<Integer, Double> seconds = new TreeMap<>();

    /**
     * Takes a measurement in.
     *
     * @return whether it took far less than before: perhaps the next one takes less still
     */
    boolean observe(int rows, double measured) {
        Double before = seconds.get(bucket(rows));
        boolean improved = before != null && measured < IMPROVED * before;
        seconds.put(bucket(rows), before == null || improved ? measured : before + WEIGHT * (measured - before));
        return improved;
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
