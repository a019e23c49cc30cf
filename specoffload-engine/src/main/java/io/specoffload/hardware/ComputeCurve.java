package io.specoffload.hardware;

import java.util.SortedMap;

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
        int floor = (int) Math.floor(columns);
        SortedMap<Integer, Double> upTo = knots.headMap(floor + 1);
        SortedMap<Integer, Double> beyond = knots.tailMap(floor + 1);
        if (upTo.isEmpty()) {
            return Checks.value(knots, beyond.firstKey());
        }
        int below = upTo.lastKey();
        if (beyond.isEmpty() || below == columns) {
            return Checks.value(knots, below);
        }
        int above = beyond.firstKey();
        double timeBelow = below / Checks.value(knots, below);
        double timeAbove = above / Checks.value(knots, above);
        double share = (columns - below) / (above - below);
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
