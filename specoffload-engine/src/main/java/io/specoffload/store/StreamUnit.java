package io.specoffload.store;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one staging buffer takes at once: the streamed tensors of a layer, some rows of the output head, or one expert.
 * Tensors that are neighbours in the file are read together; each range keeps its offset within a block, so that direct
 * reads put every byte where it will be used.
 */
public final class StreamUnit {

    private final Map<Part, List<Range>> parts = new EnumMap<>(Part.class);
    private final Map<String, Long> offsets = new HashMap<>();
    private final Part last;
    private long bytes;

    /**
     * Bytes of a file that belong together.
     *
     * @param name of a tensor or of a piece of one
     * @param file index of the file
     * @param position of the first byte
     * @param bytes number of bytes
     */
    public record Extent(String name, int file, long position, long bytes) {

        /** Most memory that the extent can take in a buffer: whole blocks, at both ends. */
        public long padded(int alignment) {
            return paddedBytes(bytes, alignment);
        }
    }

    /**
     * An aligned range.
     *
     * @param part index of the file
     * @param position aligned
     * @param bytes a multiple of the alignment
     * @param required bytes that must exist; the rest may lie behind the file's end
     * @param useful bytes that are weights
     * @param offset in the buffer
     */
    record Range(int part, long position, long bytes, long required, long useful, long offset) {}

    /**
     * Lays out a unit.
     *
     * @param extents what each part consists of, at least one part; parts are used in their natural order
     * @param alignment of reads, a power of two
     */
    public StreamUnit(Map<Part, List<Extent>> extents, int alignment) {
        Map<Part, List<Extent>> ordered = new EnumMap<>(extents);
        ordered.values().removeIf(List::isEmpty);
        if (ordered.isEmpty()) {
            throw new IllegalArgumentException("a unit without bytes");
        }
        Part end = Part.ATTENTION;
        for (Map.Entry<Part, List<Extent>> entry : ordered.entrySet()) {
            parts.put(entry.getKey(), layOut(entry.getValue(), alignment));
            end = entry.getKey();
        }
        last = end;
    }

    /** Most memory that so many bytes can take: whole blocks, at both ends. */
    public static long paddedBytes(long bytes, int alignment) {
        return ((bytes + alignment - 1) & -alignment) + alignment;
    }

    private List<Range> layOut(List<Extent> extents, int alignment) {
        List<Extent> sorted = new ArrayList<>(extents);
        sorted.sort(Comparator.comparingInt(Extent::file).thenComparingLong(Extent::position));
        List<Range> ranges = new ArrayList<>();
        int from = 0;
        while (from < sorted.size()) {
            long start = sorted.get(from).position() & -alignment;
            long end = end(sorted.get(from));
            int to = from + 1;
            // a gap of less than a block is read with its neighbours: those blocks are read anyway
            while (to < sorted.size()
                    && sorted.get(to).file() == sorted.get(from).file()
                    && sorted.get(to).position() - end <= alignment) {
                end = Math.max(end, end(sorted.get(to)));
                to++;
            }
            long useful = 0;
            for (Extent extent : sorted.subList(from, to)) {
                offsets.put(extent.name(), bytes + extent.position() - start);
                useful += extent.bytes();
            }
            long length = (end - start + alignment - 1) & -alignment;
            ranges.add(new Range(sorted.get(from).file(), start, length, end - start, useful, bytes));
            bytes += length;
            from = to;
        }
        return List.copyOf(ranges);
    }

    private static long end(Extent extent) {
        return extent.position() + extent.bytes();
    }

    /** Whether some of a part is streamed. */
    public boolean has(Part part) {
        return parts.containsKey(part);
    }

    /** The part whose release frees the buffer. */
    Part last() {
        return last;
    }

    /** The parts in the order of their use. */
    List<Part> parts() {
        return List.copyOf(parts.keySet());
    }

    List<Range> ranges(Part part) {
        return parts.getOrDefault(part, List.of());
    }

    /** Memory that the unit takes in a buffer. */
    public long bytes() {
        return bytes;
    }

    /** Bytes of weights. */
    public long usefulBytes() {
        return parts.values().stream()
                .flatMap(List::stream)
                .mapToLong(Range::useful)
                .sum();
    }

    /** Where in the buffer a tensor begins, if it is part of the unit. */
    public Optional<Long> offset(String name) {
        return Optional.ofNullable(offsets.get(name));
    }
}
