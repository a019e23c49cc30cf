package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;
import static io.specoffload.backend.cpu.vector.Lanes.L;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;

/**
 * The inner loops that multiply weights where they lie, for processors with registers for 16 vectors: one vector of a row, decoded in
 * a register, by 6, 8 or 12 columns of activations. Each activation is an argument of one multiply-add alone, which reads it from memory by itself; two
 * rows at a time, as in {@link DirectLoops}, would need an instruction for that, and registers for twice as many sums.
 *
 * <p>This class is a template: {@link SingleRowCalls} defines a hidden copy of it for each format. Each loop adds up, for some rows, the products of vector
 * {@code step} of every group of 32 weights. Activations are [groups][columns][L] from {@code xOffset}, sums [rows][columns][L] from {@code
 * sumsOffset}. As in DirectLoops the inner loop counts positions in the activations.
 */
final class SingleRowLoops {

    private static final DirectFormat FORMAT = LoopTemplate.format(MethodHandles.lookup());

    private static final int GROUP_BYTES = FORMAT.groupBytes();

    private static final float[] NOTHING_PREPARED = {};

    private SingleRowLoops() {}

    static void columns6(
            long firstRow,
            long rowBytes,
            int rows,
            int groups,
            float[] x,
            int xOffset,
            int step,
            float[] sums,
            int sumsOffset) {
        for (int row = 0; row < rows; row++) {
            long at = firstRow + row * rowBytes;
            int out = sumsOffset + row * 6 * L;
            FloatVector a0 = FloatVector.zero(F);
            FloatVector a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
            int group = 0;
            for (int k = xOffset; k < xOffset + groups * 6 * L; k += 6 * L) {
                FloatVector w = FORMAT.weights(at, group, step, FORMAT.scale(at), NOTHING_PREPARED, 0);
                a0 = w.fma(FloatVector.fromArray(F, x, k), a0);
                a1 = w.fma(FloatVector.fromArray(F, x, k + L), a1);
                a2 = w.fma(FloatVector.fromArray(F, x, k + 2 * L), a2);
                a3 = w.fma(FloatVector.fromArray(F, x, k + 3 * L), a3);
                a4 = w.fma(FloatVector.fromArray(F, x, k + 4 * L), a4);
                a5 = w.fma(FloatVector.fromArray(F, x, k + 5 * L), a5);
                group++;
                at += GROUP_BYTES;
            }
            a0.intoArray(sums, out);
            a1.intoArray(sums, out + L);
            a2.intoArray(sums, out + 2 * L);
            a3.intoArray(sums, out + 3 * L);
            a4.intoArray(sums, out + 4 * L);
            a5.intoArray(sums, out + 5 * L);
        }
    }

    static void columns8(
            long firstRow,
            long rowBytes,
            int rows,
            int groups,
            float[] x,
            int xOffset,
            int step,
            float[] sums,
            int sumsOffset) {
        for (int row = 0; row < rows; row++) {
            long at = firstRow + row * rowBytes;
            int out = sumsOffset + row * 8 * L;
            FloatVector a0 = FloatVector.zero(F);
            FloatVector a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
            int group = 0;
            for (int k = xOffset; k < xOffset + groups * 8 * L; k += 8 * L) {
                FloatVector w = FORMAT.weights(at, group, step, FORMAT.scale(at), NOTHING_PREPARED, 0);
                a0 = w.fma(FloatVector.fromArray(F, x, k), a0);
                a1 = w.fma(FloatVector.fromArray(F, x, k + L), a1);
                a2 = w.fma(FloatVector.fromArray(F, x, k + 2 * L), a2);
                a3 = w.fma(FloatVector.fromArray(F, x, k + 3 * L), a3);
                a4 = w.fma(FloatVector.fromArray(F, x, k + 4 * L), a4);
                a5 = w.fma(FloatVector.fromArray(F, x, k + 5 * L), a5);
                a6 = w.fma(FloatVector.fromArray(F, x, k + 6 * L), a6);
                a7 = w.fma(FloatVector.fromArray(F, x, k + 7 * L), a7);
                group++;
                at += GROUP_BYTES;
            }
            a0.intoArray(sums, out);
            a1.intoArray(sums, out + L);
            a2.intoArray(sums, out + 2 * L);
            a3.intoArray(sums, out + 3 * L);
            a4.intoArray(sums, out + 4 * L);
            a5.intoArray(sums, out + 5 * L);
            a6.intoArray(sums, out + 6 * L);
            a7.intoArray(sums, out + 7 * L);
        }
    }

    static void columns12(
            long firstRow,
            long rowBytes,
            int rows,
            int groups,
            float[] x,
            int xOffset,
            int step,
            float[] sums,
            int sumsOffset) {
        for (int row = 0; row < rows; row++) {
            long at = firstRow + row * rowBytes;
            int out = sumsOffset + row * 12 * L;
            FloatVector a0 = FloatVector.zero(F);
            FloatVector a1 = a0,
                    a2 = a0,
                    a3 = a0,
                    a4 = a0,
                    a5 = a0,
                    a6 = a0,
                    a7 = a0,
                    a8 = a0,
                    a9 = a0,
                    a10 = a0,
                    a11 = a0;
            int group = 0;
            for (int k = xOffset; k < xOffset + groups * 12 * L; k += 12 * L) {
                FloatVector w = FORMAT.weights(at, group, step, FORMAT.scale(at), NOTHING_PREPARED, 0);
                a0 = w.fma(FloatVector.fromArray(F, x, k), a0);
                a1 = w.fma(FloatVector.fromArray(F, x, k + L), a1);
                a2 = w.fma(FloatVector.fromArray(F, x, k + 2 * L), a2);
                a3 = w.fma(FloatVector.fromArray(F, x, k + 3 * L), a3);
                a4 = w.fma(FloatVector.fromArray(F, x, k + 4 * L), a4);
                a5 = w.fma(FloatVector.fromArray(F, x, k + 5 * L), a5);
                a6 = w.fma(FloatVector.fromArray(F, x, k + 6 * L), a6);
                a7 = w.fma(FloatVector.fromArray(F, x, k + 7 * L), a7);
                a8 = w.fma(FloatVector.fromArray(F, x, k + 8 * L), a8);
                a9 = w.fma(FloatVector.fromArray(F, x, k + 9 * L), a9);
                a10 = w.fma(FloatVector.fromArray(F, x, k + 10 * L), a10);
                a11 = w.fma(FloatVector.fromArray(F, x, k + 11 * L), a11);
                group++;
                at += GROUP_BYTES;
            }
            a0.intoArray(sums, out);
            a1.intoArray(sums, out + L);
            a2.intoArray(sums, out + 2 * L);
            a3.intoArray(sums, out + 3 * L);
            a4.intoArray(sums, out + 4 * L);
            a5.intoArray(sums, out + 5 * L);
            a6.intoArray(sums, out + 6 * L);
            a7.intoArray(sums, out + 7 * L);
            a8.intoArray(sums, out + 8 * L);
            a9.intoArray(sums, out + 9 * L);
            a10.intoArray(sums, out + 10 * L);
            a11.intoArray(sums, out + 11 * L);
        }
    }
}
