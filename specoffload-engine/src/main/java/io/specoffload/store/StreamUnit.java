package io.specoffload.store;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one staging buffer takes at once: tensors or rows of them that are used one after the other, or one expert.
 * Neighbours in the file are read together; each range keeps its offset within a block, so that direct reads put every
 * byte where it will be used.
 */
public final class StreamUnit {

    private final List<Range> ranges;
    private final Map<String, Long> offsets = new HashMap<>();
    private final String last;
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
     * @param extents in the order of their use, at least one, each of another tensor
     * @param alignment of reads, a power of two
     */
    public StreamUnit(List<Extent> extents, int alignment) {
        if (extents.isEmpty()) {
            throw new IllegalArgumentException("a unit without bytes");
        }
        ranges = layOut(extents, alignment);
        last = extents.getLast().name();
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

    /** The tensor that is used last: whoever has used it gives the buffer back. */
    public String last() {
        return last;
    }

    List<Range> ranges() {
        return ranges;
    }

    /** Memory that the unit takes in a buffer. */
    public long bytes() {
        return bytes;
    }

    /** Bytes of weights. */
    public long usefulBytes() {
        return ranges.stream().mapToLong(Range::useful).sum();
    }

    /** Where in the buffer a tensor begins, if it is part of the unit. */
    public Optional<Long> offset(String name) {
        return Optional.ofNullable(offsets.get(name));
    }
}
