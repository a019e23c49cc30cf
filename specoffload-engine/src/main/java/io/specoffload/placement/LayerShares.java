package io.specoffload.placement;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The fixed part of every layer that stays, so that the layers stream equally much. A <em>level</em> is a bound for what
 * a layer streams: everything at level 0, nothing at the last. Under a bound a layer keeps as little as it can: kind by
 * kind whole tensors in a fixed order, and of the one that may be divided as many rows as are missing. So that memory is
 * used up to one step of one layer, some layers can be a level ahead of the others, spread evenly.
 */
final class LayerShares {

    private static final int LEVELS = 1024;

    /** Of each layer, in the order in which layers get ahead: its tensors in the order of staying. */
    private final List<List<PlacedTensor>> layers = new ArrayList<>();

    private final long bound;
    private final long[][] resident = new long[LEVELS + 1][];
    private final long[][] streamed = new long[LEVELS + 1][];

    /**
     * @param tensors of all layers; experts, and what always stays, left out
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
        bound = layers.stream()
                .mapToLong(
                        own -> own.stream().mapToLong(PlacedTensor::stagedBytes).sum())
                .max()
                .orElse(0);
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
            long[] rows = staying(own, limit(level));
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
     * @param streamedBytes memory of staging buffers that everything else takes
     * @param largestBytes what the layer that streams most takes
     */
    record Share(int level, int ahead, long residentBytes, long streamedBytes, long largestBytes) {}

    /** Every way to divide, from nothing that stays to everything. */
    List<Share> all() {
        List<Share> shares = new ArrayList<>();
        for (int level = 0; level < LEVELS; level++) {
            addLevel(level, shares);
        }
        shares.add(share(LEVELS, 0, total(resident[LEVELS]), total(streamed[LEVELS]), largest(streamed[LEVELS], 0)));
        return shares;
    }

    private void addLevel(int level, List<Share> shares) {
        long residentBytes = total(resident[level]);
        long streamedBytes = total(streamed[level]);
        long ahead = 0;
        for (int i = 0; i < layers.size(); i++) {
            // one that differs in nothing from the one before it is left out
            if (shares.isEmpty() || shares.getLast().residentBytes() != residentBytes) {
                shares.add(share(level, i, residentBytes, streamedBytes, Math.max(ahead, largest(streamed[level], i))));
            }
            residentBytes += resident[level + 1][i] - resident[level][i];
            streamedBytes += streamed[level + 1][i] - streamed[level][i];
            ahead = Math.max(ahead, streamed[level + 1][i]);
        }
    }

    private static Share share(int level, int ahead, long residentBytes, long streamedBytes, long largestBytes) {
        return new Share(level, ahead, residentBytes, streamedBytes, largestBytes);
    }

    private static long total(long[] values) {
        long total = 0;
        for (long value : values) {
            total += value;
        }
        return total;
    }

    private static long largest(long[] values, int from) {
        long largest = 0;
        for (int i = from; i < values.length; i++) {
            largest = Math.max(largest, values[i]);
        }
        return largest;
    }

    private long limit(int level) {
        return bound * (LEVELS - level) / LEVELS;
    }

    /** The rows that stay of each tensor of the layers. */
    Map<String, Long> rows(Share share) {
        Map<String, Long> rows = new LinkedHashMap<>();
        for (int i = 0; i < layers.size(); i++) {
            long[] own = staying(layers.get(i), limit(i < share.ahead() ? share.level() + 1 : share.level()));
            for (int j = 0; j < own.length; j++) {
                rows.put(layers.get(i).get(j).name(), own[j]);
            }
        }
        return rows;
    }

    /** The rows that stay of each tensor of a layer that streams no more than so much, at the least memory. */
    private static long[] staying(List<PlacedTensor> own, long limit) {
        int divided = -1;
        for (int i = 0; i < own.size(); i++) {
            divided = own.get(i).split() == null ? divided : i;
        }
        long[] best = new long[0];
        long least = Long.MAX_VALUE;
        for (int whole = 0; whole <= own.size(); whole++) {
            long[] rows = withWhole(own, whole, divided, limit);
            long bytes = 0;
            long streams = 0;
            for (int i = 0; i < rows.length; i++) {
                bytes += own.get(i).residentBytes(rows[i]);
                streams += own.get(i).stagedBytes(rows[i]);
            }
            if (streams <= limit && bytes < least) {
                best = rows;
                least = bytes;
            }
        }
        return best;
    }

    /** The first tensors stay, and of the divided one what is missing. */
    private static long[] withWhole(List<PlacedTensor> own, int whole, int divided, long limit) {
        long[] rows = new long[own.size()];
        long streams = 0;
        for (int i = 0; i < own.size(); i++) {
            if (i < whole && i != divided) {
                rows[i] = own.get(i).rows();
            } else if (i != divided) {
                streams += own.get(i).stagedBytes();
            }
        }
        if (divided >= 0) {
            rows[divided] = own.get(divided).staying(limit - streams);
        }
        return rows;
    }
}
