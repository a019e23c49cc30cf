package io.specoffload.store;

import java.lang.foreign.MemorySegment;

/**
 * A unit in its staging buffer: there, and left alone until closed.
 *
 * @param unit what was asked for
 * @param slot index of the staging buffer
 * @param memory the buffer
 * @param release what closing does
 */
public record WeightLease(int unit, int slot, MemorySegment memory, Runnable release) implements AutoCloseable {

    @Override
    public void close() {
        release.run();
    }
}
