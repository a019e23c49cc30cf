package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;
import static io.specoffload.backend.cpu.vector.Lanes.L;
import static io.specoffload.backend.cpu.vector.Lanes.STEPS;

import jdk.incubator.vector.FloatVector;

/**
 * Dot products of float rows. Every one is summed in the same order, whatever tile computes it and however wide the
 * vectors are: element k goes by fused multiply-add to partial sum k mod 32, ascending; the 32 partial sums are added
 * as the fixed tree i + (i + 16), then + 8, 4, 2, 1; what exceeds a multiple of 32 columns is summed apart, ascending, and added last.
 * So a result does not depend on how many rows are computed beside it.
 */
final class Tiles {

    private Tiles() {}

    /** One dot product. */
    static float dot(float[] w, int wOffset, float[] x, int xOffset, int columns) {
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        FloatVector a4 = a0;
        FloatVector a5 = a0;
        FloatVector a6 = a0;
        FloatVector a7 = a0;
        int whole = columns & -32;
        for (int k = 0; k < whole; k += 32) {
            a0 = step(w, wOffset + k, x, xOffset + k, a0);
            a1 = step(w, wOffset + k + L, x, xOffset + k + L, a1);
            if (STEPS > 2) {
                a2 = step(w, wOffset + k + 2 * L, x, xOffset + k + 2 * L, a2);
                a3 = step(w, wOffset + k + 3 * L, x, xOffset + k + 3 * L, a3);
            }
            if (STEPS > 4) {
                a4 = step(w, wOffset + k + 4 * L, x, xOffset + k + 4 * L, a4);
                a5 = step(w, wOffset + k + 5 * L, x, xOffset + k + 5 * L, a5);
                a6 = step(w, wOffset + k + 6 * L, x, xOffset + k + 6 * L, a6);
                a7 = step(w, wOffset + k + 7 * L, x, xOffset + k + 7 * L, a7);
            }
        }
        float sum = Lanes.sum(
                STEPS > 4 ? a0.add(a4).add(a2.add(a6)).add(a1.add(a5).add(a3.add(a7))) : combine(a0, a1, a2, a3));
        return whole == columns ? sum : sum + tail(w, wOffset + whole, x, xOffset + whole, columns - whole);
    }

    private static FloatVector step(float[] w, int wOffset, float[] x, int xOffset, FloatVector sum) {
        return FloatVector.fromArray(F, w, wOffset).fma(FloatVector.fromArray(F, x, xOffset), sum);
    }

    /** The upper levels of the tree over the 32 partial sums, down to one vector; of two where there are two. */
    static FloatVector combine(FloatVector a0, FloatVector a1, FloatVector a2, FloatVector a3) {
        return STEPS == 2 ? a0.add(a1) : a0.add(a2).add(a1.add(a3));
    }

    /** The products of {@code count} elements, ascending. */
    static float tail(float[] w, int wOffset, float[] x, int xOffset, int count) {
        float sum = 0;
        for (int k = 0; k < count; k++) {
            sum += w[wOffset + k] * x[xOffset + k];
        }
        return sum;
    }
}
