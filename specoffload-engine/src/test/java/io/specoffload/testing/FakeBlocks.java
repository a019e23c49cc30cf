package io.specoffload.testing;

import io.specoffload.store.BlockReader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A file in which every byte is a function of its position, cut off at a size; its reads can be made to fail or to come
 * short.
 */
public final class FakeBlocks implements BlockReader {

    public static final int ALIGNMENT = 512;

    /** What a read does instead of reading. */
    @FunctionalInterface
    public interface Fault {
        /** Bytes read, or -1 to read as usual. */
        long read(long position, long bytes) throws IOException;
    }

    private final AtomicReference<Fault> fault = new AtomicReference<>((position, bytes) -> -1);
    private volatile long size;
    private volatile boolean changed;
    private volatile boolean closed;

    public FakeBlocks(long size) {
        this.size = size;
    }

    public static byte byteAt(long position) {
        return (byte) (position * 31 + (position >>> 9) * 7);
    }

    public void fault(Fault value) {
        fault.set(value);
    }

    public void truncate(long newSize) {
        size = newSize;
        changed = true;
    }

    public boolean closed() {
        return closed;
    }

    @Override
    public int alignment() {
        return ALIGNMENT;
    }

    @Override
    public long read(int part, long position, MemorySegment target) throws IOException {
        if (position % ALIGNMENT != 0 || target.byteSize() % ALIGNMENT != 0 || target.address() % ALIGNMENT != 0) {
            throw new AssertionError("an unaligned read");
        }
        long faulty = fault.get().read(position, target.byteSize());
        if (faulty >= 0) {
            return faulty;
        }
        long count = Math.max(0, Math.min(target.byteSize(), size - position));
        for (long i = 0; i < count; i++) {
            target.set(ValueLayout.JAVA_BYTE, i, byteAt(position + i));
        }
        return count;
    }

    @Override
    public void requireUnchanged() throws IOException {
        if (changed) {
            throw new IOException("the file changed");
        }
    }

    @Override
    public String name() {
        return "fake.gguf";
    }

    @Override
    public void close() {
        closed = true;
    }
}
