package io.specoffload.backend.cpu.vector;

import io.specoffload.backend.cpu.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** One thread's scratch memory, which grows as needed and is kept. */
final class Scratch {

    /**
     * Bytes of weights that are copied at once before they are multiplied; they fit the second-level cache. With more
     * activations than stay in the first-level cache beside a stream from memory, reading and multiplying one after the
     * other is faster than both at once.
     */
    static final long COPY = 192 << 10;

    /** A few results, or the elements of a row beyond a multiple of 32. */
    final float[] partial = new float[512];

    /** For {@link Functions}. */
    final float[] chunk = new float[Functions.CHUNK];

    private float[] rows = new float[0];
    private float[] sums = new float[0];

    private MemorySegment copy = MemorySegment.NULL;

    /** What {@link VectorFormat#unpack} makes of a row, after {@link #unpacked}. */
    byte[] bytes = new byte[0];

    /** Room for two rows with a float per 16 elements. */
    float[] scales = new float[0];

    float[] minimums = new float[0];

    /** Makes room for unpacking so many elements. */
    void unpacked(int elements) {
        if (bytes.length < elements) {
            bytes = new byte[elements];
            scales = new float[elements / 8 + 16];
            minimums = new float[elements / 16 + 16];
        }
    }

    /** The address of a copy of bytes, until the next one is made. */
    long copy(long address, long bytes) {
        room(bytes);
        MemorySegment.copy(Memory.ALL, address, copy, 0, bytes);
        return copy.address();
    }

    /** The address of a copy of bytes that lie in two places, those of the second one behind the others. */
    long copy(long first, long second, long bytes) {
        room(2 * bytes);
        MemorySegment.copy(Memory.ALL, first, copy, 0, bytes);
        MemorySegment.copy(Memory.ALL, second, copy, bytes, bytes);
        return copy.address();
    }

    private void room(long bytes) {
        if (copy.byteSize() < bytes) {
            copy = Arena.ofAuto().allocate(bytes, 4096);
        }
    }

    /** Decoded weights. */
    float[] rows(int floats) {
        if (rows.length < floats) {
            rows = new float[floats];
        }
        return rows;
    }

    /** Partial sums of dot products. */
    float[] sums(int floats) {
        if (sums.length < floats) {
            sums = new float[floats];
        }
        return sums;
    }
}
