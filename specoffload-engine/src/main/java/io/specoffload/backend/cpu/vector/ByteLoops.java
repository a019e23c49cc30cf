package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;
import static io.specoffload.backend.cpu.vector.Lanes.L;
import static io.specoffload.backend.cpu.vector.Lanes.STEPS;

import jdk.incubator.vector.FloatVector;

/**
 * Dot products with one column of rows whose weights were unpacked to bytes, many to a vector: weight = scale * byte, or scale
 * * byte - minimum. Sums are those of {@link Tiles#dot} over the decoded row. Two short loops, unpacking and this, are twice
 * as fast as one that does both. For vectors of 256 bits and more.
 */
final class ByteLoops {

    private ByteLoops() {}

    /** A scale per 2^shift weights. */
    static float dotScaled(byte[] bytes, int shift, float[] scales, int columns, float[] x) {
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        for (int k = 0; k < columns; k += 32) {
            a0 = scaled(bytes, k, shift, scales, x, a0);
            a1 = scaled(bytes, k + L, shift, scales, x, a1);
            if (STEPS > 2) {
                a2 = scaled(bytes, k + 2 * L, shift, scales, x, a2);
                a3 = scaled(bytes, k + 3 * L, shift, scales, x, a3);
            }
        }
        return Lanes.sum(Tiles.combine(a0, a1, a2, a3));
    }

    private static FloatVector scaled(byte[] bytes, int k, int shift, float[] scales, float[] x, FloatVector sum) {
        return Lanes.signedBytes(bytes, k).mul(scales[k >> shift]).fma(FloatVector.fromArray(F, x, k), sum);
    }

    /** A scale and a minimum per 2^shift weights. */
    static float dotShifted(byte[] bytes, int shift, float[] scales, float[] minimums, int columns, float[] x) {
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        for (int k = 0; k < columns; k += 32) {
            a0 = shifted(bytes, k, shift, scales, minimums, x, a0);
            a1 = shifted(bytes, k + L, shift, scales, minimums, x, a1);
            if (STEPS > 2) {
                a2 = shifted(bytes, k + 2 * L, shift, scales, minimums, x, a2);
                a3 = shifted(bytes, k + 3 * L, shift, scales, minimums, x, a3);
            }
        }
        return Lanes.sum(Tiles.combine(a0, a1, a2, a3));
    }

    private static FloatVector shifted(
            byte[] bytes, int k, int shift, float[] scales, float[] minimums, float[] x, FloatVector sum) {
        return Lanes.signedBytes(bytes, k)
                .mul(scales[k >> shift])
                .sub(minimums[k >> shift])
                .fma(FloatVector.fromArray(F, x, k), sum);
    }
}
