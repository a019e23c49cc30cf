package io.specoffload.placement;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The part of every layer that stays: the same share of each, and of the output head, so that reading has as much time
 * for the bytes of one as of the other. A <em>level</em> is a bound for the share that streams: everything at level 0,
 * nothing at the last. Under a bound a layer keeps as little as it can: tensors in a fixed order, and of the last one as
 * many rows as are missing. So that memory is used up to one step of one layer, some layers can be a level ahead of the
 * others, spread evenly.
 */
final class LayerShares {

    private static final int LEVELS = 1024;

    /** Of each layer, in the order in which layers get ahead: its tensors in the order of staying. */
    private final List<List<PlacedTensor>> layers = new ArrayList<>();

    private final long[][] resident = new long[LEVELS + 1][];
    private final long[][] streamed = new long[LEVELS + 1][];

    /**
     * @param tensors of all layers and the output head; experts, and what always stays, left out
     */
    LayerShares(List<PlacedTensor> tensors) {
        Map<Integer, List<PlacedTensor>> byLayer = new LinkedHashMap<>();
        tensors.stream()
                .sorted(Comparator.comparingInt((PlacedTensor tensor) -> Integer.reverse(tensor.layer()))
                        .thenComparingInt(tensor -> tensor.role().ordinal())
                        .thenComparingLong(PlacedTensor::residentBytes)
                        .thenComparing(PlacedTensor::name))
                .forEach(tensor -> byLayer.computeIfAbsent(tensor.layer(), layer -> new ArrayList<>())
                        .add(tensor));
        layers.addAll(byLayer.values());
        for (int level = 0; level <= LEVELS; level++) {
            resident[level] = new long[layers.size()];
            streamed[level] = new long[layers.size()];
        }
        Map<List<Size>, Integer> known = new HashMap<>();
        for (int i = 0; i < layers.size(); i++) {
            Integer like =
                    known.putIfAbsent(layers.get(i).stream().map(Size::of).toList(), i);
            if (like == null) {
                measure(i);
            } else {
                for (int level = 0; level <= LEVELS; level++) {
                    resident[level][i] = resident[level][like];
                    streamed[level][i] = streamed[level][like];
                }
            }
        }
    }

    /** Most layers are as large as others, and divided as they are. */
    private record Size(long residentBytes, long stagedBytes, long rows, PlacedTensor.@Nullable Split split) {
        static Size of(PlacedTensor tensor) {
            return new Size(tensor.residentBytes(), tensor.stagedBytes(), tensor.rows(), tensor.split());
        }
    }

    private void measure(int layer) {
        List<PlacedTensor> own = layers.get(layer);
        for (int level = 0; level <= LEVELS; level++) {
            long[] rows = staying(own, level);
            for (int j = 0; j < rows.length; j++) {
                resident[level][layer] += own.get(j).residentBytes(rows[j]);
                streamed[level][layer] += own.get(j).stagedBytes(rows[j]);
            }
        }
    }

    /**
     * What stays at a level.
     *
     * @param level 0 for nothing
     * @param ahead number of layers that are a level ahead
     * @param residentBytes memory that all of it takes
     * @param streamedBytes memory that everything else passes through
     */
    record Share(int level, int ahead, long residentBytes, long streamedBytes) {}

    /** Every way to divide, from nothing that stays to everything. */
    List<Share> all() {
        List<Share> shares = new ArrayList<>();
        for (int level = 0; level < LEVELS; level++) {
            addLevel(level, shares);
        }
        shares.add(new Share(LEVELS, 0, total(resident[LEVELS]), total(streamed[LEVELS])));
        return shares;
    }

    private void addLevel(int level, List<Share> shares) {
        long residentBytes = total(resident[level]);
        long streamedBytes = total(streamed[level]);
        for (int i = 0; i < layers.size(); i++) {
            // one that differs in nothing from the one before it is left out
            if (shares.isEmpty() || shares.getLast().residentBytes() != residentBytes) {
                shares.add(new Share(level, i, residentBytes, streamedBytes));
            }
            residentBytes += resident[level + 1][i] - resident[level][i];
            streamedBytes += streamed[level + 1][i] - streamed[level][i];
        }
    }

    private static long total(long[] values) {
        long total = 0;
        for (long value : values) {
            total += value;
        }
        return total;
    }

    /** The rows that stay of each tensor of the layers. */
    Map<String, Long> rows(Share share) {
        Map<String, Long> rows = new LinkedHashMap<>();
        for (int i = 0; i < layers.size(); i++) {
            long[] own = staying(layers.get(i), i < share.ahead() ? share.level() + 1 : share.level());
            for (int j = 0; j < own.length; j++) {
                rows.put(layers.get(i).get(j).name(), own[j]);
            }
        }
        return rows;
    }

    /** The rows that stay of each tensor of a layer at a level. */
    private static long[] staying(List<PlacedTensor> own, int level) {
        long streams = own.stream().mapToLong(PlacedTensor::stagedBytes).sum();
        long limit = streams * (LEVELS - level) / LEVELS;
        long[] rows = new long[own.size()];
        for (int i = 0; i < rows.length && streams > limit; i++) {
            long others = streams - own.get(i).stagedBytes();
            rows[i] = own.get(i).staying(limit - others);
            streams = others + own.get(i).stagedBytes(rows[i]);
        }
        return rows;
    }
}
