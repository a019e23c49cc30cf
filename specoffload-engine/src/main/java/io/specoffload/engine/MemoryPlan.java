package io.specoffload.engine;

import io.specoffload.placement.PlacementStrategy;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the engine takes of main memory, item by item; the sum is within the budget.
 *
 * @param budget bytes
 * @param items bytes by what they are for, in a fixed order
 * @param placement of the target's tensors if they stream, or null if all of them stay in memory
 */
public record MemoryPlan(long budget, Map<String, Long> items, PlacementStrategy.@Nullable Outcome placement) {

    public MemoryPlan {
        items = Collections.unmodifiableMap(new LinkedHashMap<>(items));
    }

    /** Whether the target's weights stream from disk. */
    public boolean streams() {
        return placement != null;
    }

    /** Bytes of all items. */
    public long totalBytes() {
        return items.values().stream().mapToLong(Long::longValue).sum();
    }

    /** The items in words, without those that are nothing. */
    static String describe(Map<String, Long> items) {
        return items.entrySet().stream()
                .filter(item -> item.getValue() > 0)
                .map(item -> item.getKey() + " " + mebibytes(item.getValue()))
                .collect(Collectors.joining(" + "));
    }

    static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
    }
}
