package io.specoffload.backend.cpu.x86;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Native memory for floats at the start of a cache line, which grows as needed and is kept. For one thread, but for {@link #bytes}. */
final class NativeFloats {

    private static final int LINE = 64;

    private volatile MemorySegment memory = MemorySegment.NULL;

    /** Makes room; what was there may be lost. */
    void ensure(long floats) {
        if (memory.byteSize() < Float.BYTES * floats) {
            memory = Arena.ofAuto().allocate(Float.BYTES * floats, LINE);
        }
    }

    MemorySegment memory() {
        return memory;
    }

    long address() {
        return memory.address();
    }

    long bytes() {
        return memory.byteSize();
    }
}
