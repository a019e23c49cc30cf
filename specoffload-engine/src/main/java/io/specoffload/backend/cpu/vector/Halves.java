package io.specoffload.backend.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** float16 to float32 with integer operations: the Vector API has no such conversion yet. */
final class Halves {

    private static final IntVector SIGN_AND_MAGNITUDE = IntVector.broadcast(Lanes.I, 0x8fffe000);

    /** The exponents' biases differ by 112. */
    private static final FloatVector BIAS = FloatVector.broadcast(Lanes.F, 0x1p112f);

    private Halves() {}

    /**
     * L float16 values, exactly; only infinities and not-a-numbers, which nothing stored has, become large numbers. Sign,
     * exponent and mantissa are moved to their places, and the multiplication corrects the exponent's bias. What is subnormal
     * as a float16 is subnormal as its argument: that takes some processors longer, and it is rare in weights. Without
     * such arguments (by adding and subtracting) it takes twice the operations, and all products of float16 twice the
     * time.
     */
    static FloatVector load(long address) {
        return Lanes.left(Lanes.signedShorts(address), 13)
                .lanewise(VectorOperators.AND, SIGN_AND_MAGNITUDE)
                .reinterpretAsFloats()
                .lanewise(VectorOperators.MUL, BIAS);
    }
}
