package io.specoffload.placement;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which part of which tensor lies in which tier. A part is a range of the outermost dimension: rows of a matrix,
 * experts of a stack. The parts of a tensor are in order and cover it without gaps.
 */
public final class Placement {

    private final Map<String, List<Range>> ranges;

    /**
     * Part of a tensor.
     *
     * @param from first row or expert
     * @param to the one after the last
     */
    public record Range(long from, long to, Tier tier) {}

    /**
     * @param ranges of each tensor, in any order
     * @throws IllegalArgumentException if a tensor's ranges overlap or leave gaps
     */
    public Placement(Map<String, List<Range>> ranges) {
        Map<String, List<Range>> sorted = new LinkedHashMap<>();
        ranges.forEach((name, own) -> sorted.put(name, checked(name, own)));
        this.ranges = sorted;
    }

    private static List<Range> checked(String name, List<Range> ranges) {
        List<Range> sorted =
                ranges.stream().sorted(Comparator.comparingLong(Range::from)).toList();
        long end = 0;
        for (Range range : sorted) {
            if (range.from() != end || range.to() <= end) {
                throw new IllegalArgumentException(
                        name + ": the range " + range.from() + " to " + range.to() + " does not follow " + end);
            }
            end = range.to();
        }
        return sorted;
    }

    /** All of each tensor in one tier. */
    public static Placement whole(Map<String, Tier> tiers, Map<String, Long> rows) {
        Map<String, List<Range>> ranges = new LinkedHashMap<>();
        tiers.forEach((name, tier) -> ranges.put(name, List.of(new Range(0, rows.getOrDefault(name, 1L), tier))));
        return new Placement(ranges);
    }

    /** The parts of a tensor. */
    public List<Range> ranges(String tensor) {
        List<Range> own = ranges.get(tensor);
        if (own == null) {
            throw new IllegalArgumentException("the tensor " + tensor + " has no place");
        }
        return own;
    }

    /** The tier in which all of a tensor lies. */
    public Tier tier(String tensor) {
        List<Range> own = ranges(tensor);
        if (own.size() != 1) {
            throw new IllegalArgumentException("the tensor " + tensor + " lies in several tiers: " + own);
        }
        return own.getFirst().tier();
    }

    /** Whether all of a tensor lies in a tier. */
    public boolean isAllIn(Tier tier, String tensor) {
        return ranges(tensor).stream().allMatch(range -> range.tier() == tier);
    }

    /** The tensors that have a place. */
    public Iterable<String> tensors() {
        return ranges.keySet();
    }

    /** How many tensors lie in each tier, wholly or in part. */
    public Map<Tier, Integer> counts() {
        Map<Tier, Integer> counts = new TreeMap<>();
        ranges.values()
                .forEach(own ->
                        own.stream().map(Range::tier).distinct().forEach(tier -> counts.merge(tier, 1, Integer::sum)));
        return counts;
    }
}
