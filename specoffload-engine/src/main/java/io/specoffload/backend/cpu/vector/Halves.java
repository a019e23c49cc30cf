package io.specoffload.backend.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** float16 to float32 with integer operations: the Vector API has no such conversion yet. */
final class Halves {

    /** The exponents' biases differ by 112. */
    private static final int BIAS = 112 << 23;

    private Halves() {}

    /**
     * L float16 values, exactly; only infinities and not-a-numbers, which nothing stored has, become large numbers. With
     * the exponent's bias changed, a subnormal m * 2^-24 reads as a = (1 + m / 1024) * 2^-15 and is a + (a - 2^-14); a
     * normal number a is at least 2^-14, so that the minimum adds nothing. (A multiplication by 2^112 instead would be
     * slow on many processors where its argument is subnormal.)
     */
    static FloatVector load(long address) {
        IntVector bits = Lanes.unsignedShorts(address);
        FloatVector a = Lanes.left(bits.and(0x7fff), 13).add(BIAS).reinterpretAsFloats();
        IntVector magnitude = a.add(a.sub(0x1p-14f).min(0f)).reinterpretAsInts();
        return magnitude.or(Lanes.left(bits.and(0x8000), 16)).reinterpretAsFloats();
    }
}
