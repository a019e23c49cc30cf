package io.specoffload.hardware;

import java.util.SortedMap;

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
        int floor = (int) Math.floor(parallel);
        SortedMap<Integer, Double> upTo = knots.headMap(floor + 1);
        SortedMap<Integer, Double> beyond = knots.tailMap(floor + 1);
        if (upTo.isEmpty()) {
            return Checks.value(knots, beyond.firstKey());
        }
        int below = upTo.lastKey();
        if (beyond.isEmpty()) {
            return Checks.value(knots, below);
        }
        int above = beyond.firstKey();
        double share = (parallel - below) / (above - below);
        return Checks.value(knots, below) + share * (Checks.value(knots, above) - Checks.value(knots, below));
    }

    /** The best of the measured points, in bytes per second. */
    public double best() {
        return knots.values().stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    }
}
