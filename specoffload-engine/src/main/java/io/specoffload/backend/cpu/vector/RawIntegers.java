package io.specoffload.backend.cpu.vector;

import io.specoffload.backend.cpu.Subnormals;
import io.specoffload.backend.cpu.VectorWidth;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Small unsigned integers as factors of a fused multiply-add. The bits of an integer n below 2^24, taken for a float, are the number n * 2^-149: nothing needs to be
 * converted, and where the integer lies within its bits does not matter either, if the other factor makes up for it. That one cannot be 2^149 times as
 * large, so what comes out is smaller than it should be, by a power of two, which is put right once for each sum. Products of integers
 * of a few bits with scales of a few bits are exact, and so is all this, as long as no partial sum is below 2^-78.
 *
 * <p>For processors that multiply subnormal numbers as fast as others ({@link Subnormals}). On others integers are converted, and all factors here are 1.
 */
final class RawIntegers {

    /** Whether bits are taken as they are. For loops so long that the compiler does not inline {@link #of} any more. */
    static final boolean RAW = VectorWidth.usesSubnormals(RawIntegers.class);

    /** By how much scales of integers are multiplied. */
    static final float SCALE = RAW ? 0x1p101f : 1;

    /** What the product of an integer and its scale comes out times, and what is added to it is to be multiplied by. */
    static final float UNIT = RAW ? 0x1p-48f : 1;

    /** What results are to be multiplied by. */
    static final float RESULT = 1 / UNIT;

    private RawIntegers() {}

    /** @param v integers from 0 to 2^24 - 1 */
    static FloatVector of(IntVector v) {
        return RAW ? v.reinterpretAsFloats() : (FloatVector) v.convert(VectorOperators.I2F, 0);
    }
}
