package io.specoffload.backend;

import io.specoffload.tensor.DType;
import java.lang.foreign.MemorySegment;

/**
 * Where the keys and values of one sequence lie: blocks of {@link KvBlockFormat#POSITIONS} positions, one block per
 * layer and page of the cache, laid out as {@link KvBlockFormat} says.
 */
public interface KvView {

    /** F32, F16 or Q8_0. */
    DType type();

    /** Positions per block: {@link KvBlockFormat#POSITIONS}. */
    int blockPositions();

    /**
     * Native memory of block {@code index} (positions {@code index * blockPositions ...}) of layer {@code layer}. Kernels
     * ask from several threads at once.
     */
    MemorySegment block(int index, int layer);
}
