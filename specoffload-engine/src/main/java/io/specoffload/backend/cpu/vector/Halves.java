package io.specoffload.backend.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** float16 to float32 with integer operations: the Vector API has no such conversion yet. */
final class Halves {

    /** The exponents' biases differ by 112. */
    private static final IntVector BIAS = IntVector.broadcast(Lanes.I, 112 << 23);

    private static final IntVector MAGNITUDE = IntVector.broadcast(Lanes.I, 0x7fff << 13);
    private static final IntVector SIGN = IntVector.broadcast(Lanes.I, 1 << 31);
    private static final FloatVector SMALLEST_NORMAL = FloatVector.broadcast(Lanes.F, 0x1p-14f);
    private static final FloatVector ZERO = FloatVector.zero(Lanes.F);

    private Halves() {}

    /**
     * L float16 values, exactly; only infinities and not-a-numbers, which nothing stored has, become large numbers. With
     * the exponent's bias changed, a subnormal m * 2^-24 reads as a = (1 + m / 1024) * 2^-15 and is a + (a - 2^-14); a
     * normal number a is at least 2^-14, so that the minimum adds nothing. (A multiplication by 2^112 instead would be
     * slow on many processors where its argument is subnormal.)
     */
    static FloatVector load(long address) {
        IntVector bits = Lanes.left(Lanes.signedShorts(address), 13);
        FloatVector a = bits.lanewise(VectorOperators.AND, MAGNITUDE)
                .lanewise(VectorOperators.ADD, BIAS)
                .reinterpretAsFloats();
        FloatVector magnitude = a.lanewise(
                VectorOperators.ADD,
                a.lanewise(VectorOperators.SUB, SMALLEST_NORMAL).lanewise(VectorOperators.MIN, ZERO));
        return magnitude
                .reinterpretAsInts()
                .lanewise(VectorOperators.BITWISE_BLEND, bits, SIGN)
                .reinterpretAsFloats();
    }
}
