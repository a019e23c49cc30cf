package io.specoffload.io;

import java.lang.foreign.MemorySegment;

/**
 * Huge pages for memory that is read from one end to the other again and again: the processor looks up fewer addresses, and reads a
 * third faster where that is slow, as in virtual machines (docs/performance-notes.md). A wish, which the system may not grant.
 */
final class HugePages {

    /** Bytes of a huge page. */
    static final long SIZE = 2 << 20;

    private HugePages() {}

    /**
     * Asks for huge pages, before the memory is touched. Only whole huge pages within the segment are asked for: it does not take more memory
     * than its size because of them.
     *
     * @param segment anonymous native memory
     * @return whether the system took the wish
     */
    static boolean prefer(MemorySegment segment) {
        Posix posix = Posix.INSTANCE;
        if (posix == null) {
            return false;
        }
        long start = segment.address() + SIZE - 1 & -SIZE;
        long end = segment.address() + segment.byteSize() & -SIZE;
        return start < end && posix.preferHugePages(start, end - start);
    }
}
