package io.specoffload.backend.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** float16 to float32 with integer operations: the Vector API has no such conversion yet. */
final class Halves {

    /** The exponents' biases differ by 112. */
    private static final int BIAS = 112 << 23;

    private Halves() {}

    /**
     * L float16 values, exactly, infinities and not-a-numbers included. Subnormal ones would make a multiplication by
     * 2^112 slow on many processors, so a subnormal m * 2^-24 is computed as 2 * (1 + m / 1024) * 2^-15 - 2^-14.
     */
    static FloatVector load(long address) {
        IntVector bits = Lanes.unsignedShorts(address);
        IntVector magnitude = bits.and(0x7fff);
        FloatVector value =
                magnitude.lanewise(VectorOperators.LSHL, 13).add(BIAS).reinterpretAsFloats();
        VectorMask<Float> small = magnitude.lt(0x400).cast(Lanes.F);
        value = value.blend(value.add(value).sub(0x1p-14f), small);
        VectorMask<Float> special = magnitude.lt(0x7c00).not().cast(Lanes.F);
        if (special.anyTrue()) {
            value = value.blend(
                    magnitude.lanewise(VectorOperators.LSHL, 13).or(0xff << 23).reinterpretAsFloats(), special);
        }
        return value.reinterpretAsInts()
                .or(bits.and(0x8000).lanewise(VectorOperators.LSHL, 16))
                .reinterpretAsFloats();
    }
}
