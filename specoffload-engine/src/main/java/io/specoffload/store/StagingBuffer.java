package io.specoffload.store;

import io.specoffload.io.AlignedBuffer;
import java.lang.foreign.MemorySegment;

/** A few equally large buffers through which weights stream. Owns their memory. */
public final class StagingBuffer implements AutoCloseable {

    private final AlignedBuffer memory;
    private final int count;
    private final long bytes;

    /**
     * @param count number of buffers, at least 1
     * @param bytes size of each, a multiple of the alignment of reads
     */
    public StagingBuffer(int count, long bytes) {
        this.count = count;
        this.bytes = bytes;
        this.memory = AlignedBuffer.allocate(Math.multiplyExact(count, bytes));
    }

    public int count() {
        return count;
    }

    /** Size of one buffer. */
    public long bytes() {
        return bytes;
    }

    public long byteSize() {
        return memory.byteSize();
    }

    public MemorySegment buffer(int index) {
        return memory.segment().asSlice(index * bytes, bytes);
    }

    /** Tries to keep the buffers from being swapped out; says whether that worked. */
    public boolean lock() {
        return memory.lock();
    }

    @Override
    public void close() {
        memory.close();
    }
}
