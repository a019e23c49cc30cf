package io.specoffload.calibration;

import io.specoffload.calibration.KernelProbe.Weights;
import io.specoffload.tensor.DType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Which widths of matrices are measured for a type of weights, and what share of its weights each of them stands for. */
final class WeightShares {

    private static final int LEAST_WIDTH = 512;
    private static final int MOST_WIDTH = 8192;

    /** Whole blocks of every type. */
    private static final int WIDTH_STEP = 256;

    /** Widths of a type that are measured apart; those of fewer weights count as the nearest of them. */
    private static final int MOST_WIDTHS = 2;

    /** A second width with less of a type's weights changes nothing. */
    private static final double LEAST_WIDTH_SHARE = 0.08;

    private WeightShares() {}

    /** By type, those with most bytes first and at most {@code mostTypes}: shares of all of its bytes by width. */
    static Map<DType, SortedMap<Integer, Double>> of(Collection<Weights> weights, int mostTypes) {
        Map<DType, List<Weights>> byType = new LinkedHashMap<>();
        weights.forEach(some ->
                byType.computeIfAbsent(some.type(), type -> new ArrayList<>()).add(some));
        Map<DType, SortedMap<Integer, Double>> shares = new LinkedHashMap<>();
        byType.entrySet().stream()
                .sorted(Comparator.comparingLong((Map.Entry<DType, List<Weights>> type) -> bytes(type.getValue()))
                        .reversed())
                .limit(mostTypes)
                .forEach(type -> shares.put(type.getKey(), ofType(type.getValue())));
        return Collections.unmodifiableMap(shares);
    }

    private static long bytes(List<Weights> weights) {
        return weights.stream().mapToLong(Weights::bytes).sum();
    }

    private static SortedMap<Integer, Double> ofType(List<Weights> weights) {
        double all = bytes(weights);
        SortedMap<Integer, Double> byWidth = new TreeMap<>();
        weights.forEach(some -> byWidth.merge(measuredWidth(some), some.bytes() / all, Double::sum));
        List<Integer> measured = byWidth.entrySet().stream()
                .sorted(Map.Entry.<Integer, Double>comparingByValue().reversed())
                .limit(MOST_WIDTHS)
                .filter(width -> width.getValue() >= LEAST_WIDTH_SHARE)
                .map(Map.Entry::getKey)
                .toList();
        SortedMap<Integer, Double> shares = new TreeMap<>();
        byWidth.forEach((width, share) -> shares.merge(nearest(width, measured), share, Double::sum));
        return shares;
    }

    private static int measuredWidth(Weights weights) {
        return Math.clamp(weights.width(), LEAST_WIDTH, MOST_WIDTH) / WIDTH_STEP * WIDTH_STEP;
    }

    private static int nearest(int width, List<Integer> measured) {
        return measured.stream()
                .min(Comparator.comparingDouble(other -> Math.abs(Math.log((double) other / width))))
                .orElse(width);
    }
}
