package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;
import static io.specoffload.backend.cpu.vector.Lanes.L;
import static io.specoffload.backend.cpu.vector.Lanes.STEPS;

import jdk.incubator.vector.FloatVector;

/**
 * Dot products of float rows. Every one is summed in the same order, whatever tile computes it and however wide the
 * vectors are: element k goes by fused multiply-add to partial sum k mod 32, ascending; the 32 partial sums are added
 * as the tree of {@link Lanes#sum32}; what exceeds a multiple of 32 columns is summed apart, ascending, and added last.
 * So a result does not depend on how many rows are computed beside it.
 */
final class Tiles {

    /** Rows of weights and of activations in a tile. */
    static final int SIDE = 4;

    /** Floats of scratch that a tile takes. */
    static final int SCRATCH = SIDE * SIDE * 32;

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
    /**
     * Dot products of 4 weight rows with n activation rows.
     *
     * @param w 4 rows of {@code columns}, from {@code wOffset}
     * @param wRows how many of the 4 rows count; the others are computed from whatever is there and dropped
     * @param x n rows of {@code columns}, from {@code xOffset}
     * @param out receives weight row i and activation row j at {@code outOffset + j * outStride + i}
     * @param partial scratch of {@link #SCRATCH} floats
     */
    static void multiply(
            float[] w,
            int wOffset,
            int wRows,
            float[] x,
            int xOffset,
            int n,
            int columns,
            float[] out,
            int outOffset,
            int outStride,
            float[] partial) {
        int r = 0;
        for (; r + SIDE <= n; r += SIDE) {
            int offset = xOffset + r * columns;
            for (int s = 0; s < STEPS; s++) {
                tile4x4(w, wOffset + s * L, x, offset + s * L, columns, partial, s * L);
            }
            for (int j = 0; j < SIDE; j++) {
                finish(
                        w,
                        wOffset,
                        wRows,
                        x,
                        offset + j * columns,
                        columns,
                        out,
                        outOffset + (r + j) * outStride,
                        partial,
                        j * SIDE * 32);
            }
        }
        for (; r < n; r++) {
            int offset = xOffset + r * columns;
            for (int s = 0; s < STEPS; s++) {
                tile4x1(w, wOffset + s * L, x, offset + s * L, columns, partial, s * L);
            }
            finish(w, wOffset, wRows, x, offset, columns, out, outOffset + r * outStride, partial, 0);
        }
    }

    private static void finish(
            float[] w,
            int wOffset,
            int wRows,
            float[] x,
            int xOffset,
            int columns,
            float[] out,
            int outOffset,
            float[] partial,
            int partialOffset) {
        int whole = columns & -32;
        for (int i = 0; i < wRows; i++) {
            float sum = Lanes.sum32(partial, partialOffset + 32 * i);
            out[outOffset + i] = whole == columns
                    ? sum
                    : sum + tail(w, wOffset + i * columns + whole, x, xOffset + whole, columns - whole);
        }
    }

    /** One vector's worth of the 32 partial sums of 4 x 4 dot products: 16 sums stay in registers. */
    private static void tile4x4(
            float[] w, int wOffset, float[] x, int xOffset, int columns, float[] partial, int lane) {
        FloatVector a00 = FloatVector.zero(F);
        FloatVector a01 = a00, a02 = a00, a03 = a00;
        FloatVector a10 = a00, a11 = a00, a12 = a00, a13 = a00;
        FloatVector a20 = a00, a21 = a00, a22 = a00, a23 = a00;
        FloatVector a30 = a00, a31 = a00, a32 = a00, a33 = a00;
        int w1 = wOffset + columns;
        int w2 = w1 + columns;
        int w3 = w2 + columns;
        int x1 = xOffset + columns;
        int x2 = x1 + columns;
        int x3 = x2 + columns;
        int whole = columns & -32;
        for (int k = 0; k < whole; k += 32) {
            FloatVector v0 = FloatVector.fromArray(F, w, wOffset + k);
            FloatVector v1 = FloatVector.fromArray(F, w, w1 + k);
            FloatVector v2 = FloatVector.fromArray(F, w, w2 + k);
            FloatVector v3 = FloatVector.fromArray(F, w, w3 + k);
            FloatVector u = FloatVector.fromArray(F, x, xOffset + k);
            a00 = v0.fma(u, a00);
            a01 = v1.fma(u, a01);
            a02 = v2.fma(u, a02);
            a03 = v3.fma(u, a03);
            u = FloatVector.fromArray(F, x, x1 + k);
            a10 = v0.fma(u, a10);
            a11 = v1.fma(u, a11);
            a12 = v2.fma(u, a12);
            a13 = v3.fma(u, a13);
            u = FloatVector.fromArray(F, x, x2 + k);
            a20 = v0.fma(u, a20);
            a21 = v1.fma(u, a21);
            a22 = v2.fma(u, a22);
            a23 = v3.fma(u, a23);
            u = FloatVector.fromArray(F, x, x3 + k);
            a30 = v0.fma(u, a30);
            a31 = v1.fma(u, a31);
            a32 = v2.fma(u, a32);
            a33 = v3.fma(u, a33);
        }
        store(a00, a01, a02, a03, partial, lane);
        store(a10, a11, a12, a13, partial, lane + 128);
        store(a20, a21, a22, a23, partial, lane + 256);
        store(a30, a31, a32, a33, partial, lane + 384);
    }

    private static void tile4x1(
            float[] w, int wOffset, float[] x, int xOffset, int columns, float[] partial, int lane) {
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = a0, a2 = a0, a3 = a0;
        int w1 = wOffset + columns;
        int w2 = w1 + columns;
        int w3 = w2 + columns;
        int whole = columns & -32;
        for (int k = 0; k < whole; k += 32) {
            FloatVector u = FloatVector.fromArray(F, x, xOffset + k);
            a0 = u.fma(FloatVector.fromArray(F, w, wOffset + k), a0);
            a1 = u.fma(FloatVector.fromArray(F, w, w1 + k), a1);
            a2 = u.fma(FloatVector.fromArray(F, w, w2 + k), a2);
            a3 = u.fma(FloatVector.fromArray(F, w, w3 + k), a3);
        }
        store(a0, a1, a2, a3, partial, lane);
    }

    private static void store(FloatVector a, FloatVector b, FloatVector c, FloatVector d, float[] partial, int offset) {
        a.intoArray(partial, offset);
        b.intoArray(partial, offset + 32);
        c.intoArray(partial, offset + 64);
        d.intoArray(partial, offset + 96);
    }
}
