package io.specoffload.hardware;

import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The speed of products of a weight matrix with n activation columns, by n: one column reads every weight for one
 * multiply-add and is bound by memory, many columns are bound by arithmetic.
 *
 * @param knots measured points: number of columns, to GFLOP/s (10^9 floating-point operations per second, 2 per weight
 *     and column); at least one
 */
public record ComputeCurve(SortedMap<Integer, Double> knots) {

    public ComputeCurve {
        knots = Checks.knots("a compute curve", knots);
    }

    /**
     * GFLOP/s with {@code columns} columns. Between two measured points the time of a product is on the line between
     * theirs, as it is where a product costs something once and something per column; so the speed lies between theirs.
     * Outside of the measured points the outermost one's speed holds.
     *
     * @param columns above 0
     */
    public double gigaflops(double columns) {
        Checks.positive("the number of columns", columns);
        var sorted = new TreeMap<>(knots);
        var below = sorted.floorEntry((int) Math.floor(columns));
        var above = sorted.higherEntry((int) Math.floor(columns));
        if (below == null) {
            return sorted.firstEntry().getValue();
        }
        if (above == null || below.getKey() == columns) {
            return below.getValue();
        }
        double timeBelow = below.getKey() / below.getValue();
        double timeAbove = above.getKey() / above.getValue();
        double share = (columns - below.getKey()) / (above.getKey() - below.getKey());
        return columns / (timeBelow + share * (timeAbove - timeBelow));
    }

    /**
     * Seconds that the product of a matrix of {@code weights} elements with {@code columns} columns takes.
     *
     * @param weights elements of the matrix
     */
    public double seconds(double weights, double columns) {
        return 2 * weights * columns / (gigaflops(columns) * 1e9);
    }
}
