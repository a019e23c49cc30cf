package io.specoffload.backend;

import io.specoffload.tensor.DType;
import java.lang.foreign.MemorySegment;

/**
 * Where the keys and values of one sequence and one layer lie: fixed-size blocks of positions, one block per page of
 * the cache. Within a block keys come first, then values; both are laid out [kvHead][position][headSize], so that one
 * head's keys of a block are contiguous.
 */
public interface KvView {

    /** F32 or F16. */
    DType type();

    /** Positions per block. */
    int blockPositions();

    /** Native memory of block {@code index} (positions {@code index * blockPositions ...}) of layer {@code layer}. */
    MemorySegment block(int index, int layer);
}
