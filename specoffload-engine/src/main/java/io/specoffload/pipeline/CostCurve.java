package io.specoffload.pipeline;

import io.specoffload.pipeline.MachineLoad.Part;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Measured seconds by number of rows; exact counts up to 16 rows, eight per octave beyond. What the machine's load did to a
 * measurement is told apart from what is particular to the number of rows ({@link MachineLoad}), so that all of them are known for
 * the machine as it is now. Counts that were not measured are interpolated, and beyond what was measured estimated kindly, so that what
 * looks good is tried and thereby measured. With a forecast of the shape, all of this is done with the ratios of what was
 * measured and what was foreseen. Not thread-safe.
 */
final class CostCurve {

    /** What takes less than this share of what is expected, and was not measured often yet, may have been compiled meanwhile. */
    private static final double IMPROVED = 0.7;

    /** Measurements beyond which code is taken to be compiled. */
    private static final int COMPILED = 16;

    /** Measurements by which code may be taken that was not compiled at all. */
    private static final int COLD = 4;

    /** What takes more than so many times what was expected is taken for an accident and counts no more than that; what stays so slow is believed after some rounds. */
    private static final double ACCIDENT = 2;

    /** Variance of a forecast's shape: 10%. */
    private static final double FORESEEN = 0.1 * 0.1;

    /** Variance of its level before anything was measured. */
    private static final double LEVEL = 1;

    /** Variance where nothing was foreseen: another number of rows may take a hundred times as long. */
    private static final double UNKNOWN = 10;

    private static final int EXACT = 16;

    /** A number of rows that was measured. */
    private static final class Point {
        private final int work;
        private int count;

        Point(int work) {
            this.work = work;
        }
    }

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
    private final MachineLoad load;
    private final @Nullable Foreseen foreseen;

    /**
     * A curve of which nothing was measured.
     *
     * @param load of the machine; curves of what computes on the same one share it
     * @param shape foreseen seconds by rows, which need not be right but in proportion; null if nothing is known
     */
    CostCurve(MachineLoad load, @Nullable IntToDoubleFunction shape) {
        this.load = load;
        this.foreseen = shape == null ? null : new Foreseen(shape);
    }

    /**
     * Takes a measurement in.
     *
     * @return whether it took far less than before: perhaps the next one takes less still
     */
    boolean observe(int rows, double seconds) {
        int key = bucket(rows);
        Point point = points.get(key);
        double before = at(key) * Math.exp(load.now() - load.usual());
        boolean improved = point != null && point.count < COMPILED && seconds < IMPROVED * before;
        if (point == null) {
            point = new Point(load.add(like(key), uncertainty(key)));
            points.put(key, point);
        } else if (improved && point.count < COLD && uncertainty(key) > FORESEEN) {
            load.expect(point.work, like(key), uncertainty(key));
        }
        double measured = point.count > 0 ? Math.min(seconds, ACCIDENT * before) : seconds;
        load.observe(point.work, Math.log(measured / scale(key)));
        point.count++;
        return improved;
    }

    /** The measured neighbours of a number of rows, by their distance. */
    private List<Part> like(int key) {
        Map.Entry<Integer, Point> below = points.lowerEntry(key);
        Map.Entry<Integer, Point> above = points.higherEntry(key);
        if (below != null && above != null) {
            double share = (double) (key - below.getKey()) / (above.getKey() - below.getKey());
            return List.of(new Part(below.getValue().work, 1 - share), new Part(above.getValue().work, share));
        }
        Map.Entry<Integer, Point> next = below == null ? above : below;
        return next == null ? List.of() : List.of(new Part(next.getValue().work, 1));
    }

    /** Of what the neighbours tell of a number of rows, as a variance. */
    private double uncertainty(int key) {
        boolean alone = points.lowerKey(key) == null && points.higherKey(key) == null;
        return foreseen == null ? UNKNOWN : alone ? LEVEL : FORESEEN;
    }

    /** Whether {@link #at} knows anything. */
    boolean isKnown() {
        return foreseen != null || !points.isEmpty();
    }

    /** The estimate for {@code rows} rows; 1 where nothing is known at all. */
    double at(int rows) {
        int key = bucket(rows);
        return foreseen == null ? measured(key) : Math.exp(load.usual() + particular(key)) * foreseen.at(rows);
    }

    /** The same if it is as good as it may be: less by a standard deviation of what is known. */
    double atBest(int rows) {
        int key = bucket(rows);
        Point point = points.get(key);
        if (foreseen == null && point == null) {
            // kind as it is
            return at(rows);
        }
        double deviation = point == null
                ? load.deviation(like(key), uncertainty(key))
                : load.deviation(List.of(new Part(point.work, 1)), 0);
        return at(rows) * Math.exp(-deviation);
    }

    /** What the logarithms of {@link MachineLoad} are relative to, in seconds. */
    private double scale(int key) {
        return foreseen == null ? 1 : foreseen.at(key);
    }

    private double particular(int key) {
        Map.Entry<Integer, Point> below = points.floorEntry(key);
        Map.Entry<Integer, Point> above = points.ceilingEntry(key);
        if (below == null || above == null) {
            return below != null ? own(below) : above != null ? own(above) : 0;
        }
        return interpolate(key, below.getKey(), own(below), above.getKey(), own(above));
    }

    private double own(Map.Entry<Integer, Point> point) {
        return load.particular(point.getValue().work);
    }

    /** Seconds of a point now, where nothing was foreseen. */
    private double seconds(Map.Entry<Integer, Point> point) {
        return Math.exp(load.usual() + own(point));
    }

    private double measured(int key) {
        Map.Entry<Integer, Point> below = points.floorEntry(key);
        Map.Entry<Integer, Point> above = points.ceilingEntry(key);
        if (below != null && above != null) {
            return interpolate(key, below.getKey(), seconds(below), above.getKey(), seconds(above));
        }
        if (above != null) {
            // fewer rows than ever measured: at best in proportion
            return seconds(above) * key / above.getKey();
        }
        if (below != null) {
            return seconds(below) + slope() * (key - below.getKey());
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
        return span == 0 ? 0 : Math.max(0, (seconds(last) - seconds(first)) / span);
    }

    private static int bucket(int rows) {
        if (rows <= EXACT) {
            return Math.max(1, rows);
        }
        int step = Integer.highestOneBit(rows) / 8;
        return rows / step * step;
    }
}
