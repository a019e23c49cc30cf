package io.specoffload.synthetic;

import io.specoffload.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/** Random weights in memory, for benchmarks of kernels. */
public final class RandomWeights {

    private RandomWeights() {}

    /**
     * Fills whole blocks with values of a given standard deviation and a mean near zero.
     *
     * @param data native memory of whole blocks
     */
    public static void fill(DType type, double deviation, MemorySegment data, SplittableRandom random) {
        new RandomBlocks(type, deviation).fill(data, random);
    }
}
