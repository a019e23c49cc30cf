package io.specoffload.hardware;

import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Bytes per second by how much runs at once (threads, or requests in flight).
 *
 * @param knots measured points: number of threads or requests, to bytes per second; at least one
 */
public record BandwidthCurve(SortedMap<Integer, Double> knots) {

    public BandwidthCurve {
        knots = Checks.knots("a bandwidth", knots);
    }

    /** Bytes per second with {@code parallel} at once: a measured point, on the line between two, or the outermost one's. */
    public double at(double parallel) {
        var sorted = new TreeMap<>(knots);
        var below = sorted.floorEntry((int) Math.floor(parallel));
        var above = sorted.higherEntry((int) Math.floor(parallel));
        if (below == null) {
            return sorted.firstEntry().getValue();
        }
        if (above == null) {
            return below.getValue();
        }
        double share = (parallel - below.getKey()) / (above.getKey() - below.getKey());
        return below.getValue() + share * (above.getValue() - below.getValue());
    }

    /** The best of the measured points, in bytes per second. */
    public double best() {
        return knots.values().stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    }
}
