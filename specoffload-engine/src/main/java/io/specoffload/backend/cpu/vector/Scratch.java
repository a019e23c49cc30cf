package io.specoffload.backend.cpu.vector;

import io.specoffload.backend.cpu.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** One thread's scratch memory, which grows as needed and is kept. */
final class Scratch {

    /** A few results, or the elements of a row beyond a multiple of 32. */
    final float[] partial = new float[512];

    /** For {@link Functions}. */
    final float[] chunk = new float[Functions.CHUNK];

    /** Decoded weights that are multiplied with many columns. */
    final AlignedFloats panel = new AlignedFloats();

    /** Partial sums of the panel's products. */
    final AlignedFloats panelSums = new AlignedFloats();

    /** Keeps the compiler from leaving out {@link #touch}. */
    int touched;

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
        if (copy.byteSize() < bytes) {
            copy = Arena.ofAuto().allocate(bytes, 4096);
        }
        MemorySegment.copy(Memory.ALL, address, copy, 0, bytes);
        return copy.address();
    }

    /**
     * Reads a byte of each cache line, so that the lines are on their way before they are needed. Loads that wait for
     * memory together cost little more than one. A loop that decodes and multiplies has few of them in flight, since what depends on a
     * load occupies the processor's queues until it arrives; where the processor does not read ahead far enough by itself
     * that bounds the loop. Java has no prefetch instruction.
     */
    void touch(long address, long bytes) {
        int sum = 0;
        for (int i = 0; i < bytes; i += AlignedFloats.LINE) {
            sum += Memory.byteAt(address + i);
        }
        touched = sum;
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
