package io.specoffload.store;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Reads aligned ranges of a checkpoint's files. Used by several threads at once; none of them is ever interrupted.
 */
public interface BlockReader extends AutoCloseable {

    /** What positions, sizes and addresses must be multiples of: a power of two. */
    int alignment();

    /**
     * Fills memory from one of the files.
     *
     * @param part index of the file
     * @param position multiple of the alignment
     * @return bytes read: all of them, or fewer where the file ends
     */
    long read(int part, long position, MemorySegment target) throws IOException;

    /**
     * Makes sure that the files are still those that were opened.
     *
     * @throws IOException saying which one changed, and how
     */
    void requireUnchanged() throws IOException;

    /** What is read, for messages. */
    String name();

    @Override
    void close();
}
