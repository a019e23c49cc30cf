package io.specoffload.pipeline;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Measured seconds by number of rows, each an exponentially weighted mean, or the latest where that is far less; exact counts up to 16 rows, eight per octave
 * beyond. Counts that were not measured are interpolated, and beyond what was measured estimated kindly, so that what
 * looks good is tried and thereby measured.
 *
 * <p>With a forecast of its shape, all of this is done with the ratios of what was measured and what was foreseen; and a count that was measured a few times only
 * is also judged by the ratio of the latest rounds: its first passes may have run code that was not compiled yet, or on a busy machine. Not thread-safe.
 */
final class CostCurve {

    private static final double WEIGHT = 0.25;

    /**
     * What takes less than this share of what it took is believed at once: its code was compiled meanwhile, or others left
     * the machine. Much slower by chance is common, much faster is not; and what seems slow is measured again so rarely
     * that a mean would keep the old value for hundreds of rounds.
     */
    private static final double IMPROVED = 0.7;

    /** What takes more than so many times what was expected is taken for an accident and counts no more than that; what stays so slow is believed after some rounds. */
    private static final double ACCIDENT = 2;

    /** Measurements that the ratio of the latest rounds counts as much as. */
    private static final double DOUBT = 2;

    /** Measurements beyond which a count's own are trusted no more than before. */
    private static final int TRUSTED = 16;

    private static final int EXACT = 16;

    private record Point(double seconds, int count) {}

    /** A forecast, asked once for each number of rows: decisions need it many times a round. */
    private record Foreseen(IntToDoubleFunction shape, Map<Integer, Double> known) {

        Foreseen(IntToDoubleFunction shape) {
            this(shape, new HashMap<>());
        }

        double at(int rows) {
            return known.computeIfAbsent(rows, shape::applyAsDouble);
        }
    }

    private final TreeMap<Integer, Point> points = new TreeMap<>();
    private final @Nullable Foreseen foreseen;

    /** Measured over foreseen seconds of the latest rounds. */
    private double level = 1;

    /** @param shape foreseen seconds by rows, which need not be right but in proportion; null if nothing is known */
    CostCurve(@Nullable IntToDoubleFunction shape) {
        this.foreseen = shape == null ? null : new Foreseen(shape);
    }

    /**
     * Takes a measurement in.
     *
     * @return whether it took far less than before: perhaps the next one takes less still
     */
    boolean observe(int rows, double seconds) {
        int key = bucket(rows);
        Point before = points.get(key);
        boolean expected = before != null || foreseen != null;
        double measured = expected ? Math.min(seconds, ACCIDENT * at(key)) : seconds;
        boolean improved = before != null && measured < IMPROVED * before.seconds();
        if (foreseen != null) {
            double ratio = measured / foreseen.at(key);
            level = points.isEmpty() ? ratio : level + WEIGHT * (ratio - level);
        }
        points.put(
                key,
                before == null || improved
                        ? new Point(measured, 1)
                        : new Point(
                                before.seconds() + WEIGHT * (measured - before.seconds()),
                                Math.min(TRUSTED, before.count() + 1)));
        return improved;
    }

    /** Whether {@link #at} knows anything. */
    boolean isKnown() {
        return foreseen != null || !points.isEmpty();
    }

    /** The estimate for {@code rows} rows; 1 where nothing is known at all. */
    double at(int rows) {
        return foreseen == null ? measured(rows) : ratio(bucket(rows), foreseen) * foreseen.at(rows);
    }

    private double ratio(int key, Foreseen forecast) {
        Map.Entry<Integer, Point> below = points.floorEntry(key);
        Map.Entry<Integer, Point> above = points.ceilingEntry(key);
        if (below == null || above == null) {
            return below != null ? ratio(below, forecast) : above != null ? ratio(above, forecast) : level;
        }
        return interpolate(key, below.getKey(), ratio(below, forecast), above.getKey(), ratio(above, forecast));
    }

    /** Measured over foreseen seconds of a point, as far as it is to be trusted. */
    private double ratio(Map.Entry<Integer, Point> point, Foreseen forecast) {
        double own = point.getValue().seconds() / forecast.at(point.getKey());
        int count = point.getValue().count();
        return (count * own + DOUBT * level) / (count + DOUBT);
    }

    private double measured(int rows) {
        int key = bucket(rows);
        Map.Entry<Integer, Point> below = points.floorEntry(key);
        Map.Entry<Integer, Point> above = points.ceilingEntry(key);
        if (below != null && above != null) {
            return interpolate(
                    key,
                    below.getKey(),
                    below.getValue().seconds(),
                    above.getKey(),
                    above.getValue().seconds());
        }
        if (above != null) {
            // fewer rows than ever measured: at best in proportion
            return above.getValue().seconds() * key / above.getKey();
        }
        if (below != null) {
            return below.getValue().seconds() + slope() * (key - below.getKey());
        }
        return 1;
    }

    private static double interpolate(int key, int below, double from, int above, double to) {
        return above == below ? from : from + (double) (key - below) / (above - below) * (to - from);
    }

    /** Seconds per row over the measured range; 0 as long as that is a point. */
    private double slope() {
        Map.Entry<Integer, Point> first = points.firstEntry();
        Map.Entry<Integer, Point> last = points.lastEntry();
        int span = last.getKey() - first.getKey();
        return span == 0
                ? 0
                : Math.max(0, (last.getValue().seconds() - first.getValue().seconds()) / span);
    }

    private static int bucket(int rows) {
        if (rows <= EXACT) {
            return Math.max(1, rows);
        }
        int step = Integer.highestOneBit(rows) / 8;
        return rows / step * step;
    }
}
