package io.specoffload.bench;

import java.util.Arrays;

/** Order statistics of repeated measurements. */
public final class Samples {

    /** Pairs from which on an interval is given. */
    static final int ENOUGH = 10;

    /** Intervals wider than this share of the median say nothing. */
    static final double RESOLVABLE = 0.1;

    private Samples() {}

    /** The middle value, or the mean of the two in the middle; of one value and more. */
    public static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /**
     * An interval for the median: of at least 90% confidence from order statistics with {@value #ENOUGH} values and
     * more, the smallest and largest value with fewer.
     *
     * @return low, high
     */
    static double[] interval(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        int low = 0;
        if (n >= ENOUGH) {
            // the largest k with P(fewer than k of n below the median) <= 5%
            double probability = Math.pow(0.5, n);
            double below = probability;
            while (below <= 0.05) {
                low++;
                probability *= (double) (n - low + 1) / low;
                below += probability;
            }
            low = Math.max(0, low - 1);
        }
        return new double[] {sorted[low], sorted[n - 1 - low]};
    }
}
