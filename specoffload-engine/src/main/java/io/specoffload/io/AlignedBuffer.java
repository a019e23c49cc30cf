package io.specoffload.io;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A range of anonymous native memory that direct reads may fill: aligned to pages (large ranges to huge pages, see {@link HugePages}), not part of the Java heap, not
 * backed by a file. Whoever allocates it closes it, after the last read into it and the last use of its contents.
 */
public final class AlignedBuffer implements AutoCloseable {

    /** Least alignment of the first byte: pages, which every device's blocks divide. */
    public static final long ALIGNMENT = 1 << 16;

    private static final long PAGE = 4096;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment segment;

    private AlignedBuffer(long bytes) {
        Posix posix = Posix.INSTANCE;
        long alignment = bytes < HugePages.SIZE ? ALIGNMENT : HugePages.SIZE;
        // slack for the alignment costs no memory: pages that are never touched do not exist
        long mapped = (bytes + alignment + PAGE - 1) & -PAGE;
        long address = posix == null ? 0 : posix.map(mapped);
        if (posix == null || address == 0) {
            segment = arena.allocate(Math.max(1, bytes), ALIGNMENT).asSlice(0, bytes);
        } else {
            long aligned = (address + alignment - 1) & -alignment;
            segment =
                    MemorySegment.ofAddress(aligned).reinterpret(bytes, arena, ignored -> posix.unmap(address, mapped));
            HugePages.prefer(segment);
        }
    }

    /**
     * Allocates zeroed memory.
     *
     * @param bytes 0 or more
     * @throws OutOfMemoryError if the system refuses
     */
    public static AlignedBuffer allocate(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("a buffer of " + bytes + " bytes");
        }
        return new AlignedBuffer(bytes);
    }

    /** All of it; valid until {@link #close()}. */
    public MemorySegment segment() {
        return segment;
    }

    public long byteSize() {
        return segment.byteSize();
    }

    /**
     * Tries to keep the memory from being swapped out.
     *
     * @return whether it is locked now; the usual limit for locked memory (RLIMIT_MEMLOCK) is small
     */
    public boolean lock() {
        Posix posix = Posix.INSTANCE;
        return posix != null && (byteSize() == 0 || posix.lock(segment.address(), byteSize()));
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
