package io.specoffload.bench;

/**
 * How many times as fast as a peer, from pairs of runs that followed one another.
 *
 * @param peer its name
 * @param ratio median of the pairs' ratios; above 1 this engine is faster
 * @param low lower end of the interval
 * @param high upper end
 * @param pairs number of pairs
 */
public record Comparison(String peer, double ratio, double low, double high, int pairs) {

    static Comparison of(String peer, double[] ours, double[] theirs) {
        double[] ratios = new double[ours.length];
        for (int i = 0; i < ours.length; i++) {
            ratios[i] = theirs[i] / ours[i];
        }
        double[] interval = Samples.interval(ratios);
        return new Comparison(peer, Samples.median(ratios), interval[0], interval[1], ours.length);
    }

    /** Whether there are enough pairs, and near enough to one another, to believe the ratio. */
    public boolean resolvable() {
        return pairs >= Samples.ENOUGH && high - low <= Samples.RESOLVABLE * ratio;
    }
}
