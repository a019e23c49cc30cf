package io.specoffload.backend.cpu.vector;

import io.specoffload.backend.cpu.VectorWidth;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** float16 to float32 in two ways: the Vector API has no such conversion yet. */
final class Halves {

    private static final IntVector MAGNITUDE = IntVector.broadcast(Lanes.I, 0x0fffe000);

    private static final boolean SUBNORMALS = VectorWidth.usesSubnormals(Halves.class);

    private static final int SIGN_AND_MAGNITUDE = 0x8fffe000;

    private static final IntVector SIGN = IntVector.broadcast(Lanes.I, 0x80000000);

    /** The exponents' biases differ by 112. */
    private static final int BIAS = 112 << 23;

    /** The smallest number that is not subnormal as a float16. */
    private static final FloatVector MINUS_SMALLEST_NORMAL = FloatVector.broadcast(Lanes.F, -0x1p-14f);

    private static final FloatVector TWO = FloatVector.broadcast(Lanes.F, 2);

    private Halves() {}

    /**
     * L float16 values, exactly; only infinities and not-a-numbers, which nothing stored has, become large numbers. In the way that is faster on
     * this processor.
     */
    static FloatVector load(long address) {
        return SUBNORMALS ? scaled(address) : biased(address);
    }

    /**
     * Exponent and mantissa are moved to their places, where the exponent is too small by the difference of the biases, and a product puts that right. What is
     * subnormal as a float16 is so as a float32 too before it.
     */
    static FloatVector scaled(long address) {
        return Lanes.signedShorts(address)
                .lanewise(VectorOperators.LSHL, 13)
                .and(SIGN_AND_MAGNITUDE)
                .reinterpretAsFloats()
                .mul(0x1p112f);
    }

    /**
     * Exponent and mantissa are moved to their places and the exponent's bias is added, which gives a normal number x its
     * magnitude. A subnormal one gets a hidden bit that it has not: it should be 2 x - 2^-14, and that is below x just there.
     * So it is the smaller one of the two; as integers, since both are positive. No operation has an argument or a result that is
     * subnormal as a float32, on which Intel processors spend a hundred cycles and more.
     */
    static FloatVector biased(long address) {
        IntVector bits = Lanes.signedShorts(address).lanewise(VectorOperators.LSHL, 13);
        IntVector biased = bits.and(MAGNITUDE).add(BIAS);
        return biased.lanewise(
                        VectorOperators.MIN,
                        biased.reinterpretAsFloats()
                                .fma(TWO, MINUS_SMALLEST_NORMAL)
                                .reinterpretAsInts())
                .or(bits.and(SIGN))
                .reinterpretAsFloats();
    }
}
