package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;
import static io.specoffload.backend.cpu.vector.Lanes.L;
import static io.specoffload.backend.cpu.vector.Lanes.STEPS;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;

/**
 * The inner loops that multiply weights where they lie: one row, decoded in registers, by 1 to 4 columns of activations.
 * This class is a template: {@link DirectCalls} defines a hidden copy of it for each format, whose format is a constant
 * that the compiler inlines, with profiles of its own. Nothing may call the template itself. More than two vectors of
 * weights in a loop, and the compiler would stop inlining.
 *
 * <p>Each loop computes, of every group of 32 products, the partial sums of vectors {@code step} and {@code step + 1}.
 * Activations are [groups][columns][32] from {@code xOffset}, sums [columns][32].
 */
final class DirectLoops {

    private static final DirectFormat FORMAT = format();

    private DirectLoops() {}

    private static DirectFormat format() {
        try {
            return MethodHandles.classData(MethodHandles.lookup(), "_", DirectFormat.class);
        } catch (IllegalAccessException e) {
            throw new LinkageError("the format of these loops", e);
        }
    }

    static void columns1(long row, int groups, float[] x, int xOffset, int step, float[] scales, float[] sums) {
        int at = STEPS == 2 ? 0 : step * L;
        int first = STEPS == 2 ? 0 : step;
        FloatVector a0 = FloatVector.zero(F);
        FloatVector b0 = a0;
        int xAt = xOffset + at;
        for (int group = 0; group < groups; group++) {
            FloatVector v = FORMAT.weights(row, group, first, scales, 0);
            FloatVector w = FORMAT.weights(row, group, first + 1, scales, 0);
            a0 = FloatVector.fromArray(F, x, xAt).fma(v, a0);
            b0 = FloatVector.fromArray(F, x, xAt + L).fma(w, b0);
            xAt += 32;
        }
        a0.intoArray(sums, at);
        b0.intoArray(sums, at + L);
    }

    static void columns2(long row, int groups, float[] x, int xOffset, int step, float[] scales, float[] sums) {
        int at = STEPS == 2 ? 0 : step * L;
        int first = STEPS == 2 ? 0 : step;
        FloatVector a0 = FloatVector.zero(F);
        FloatVector b0 = a0;
        FloatVector a1 = FloatVector.zero(F);
        FloatVector b1 = a1;
        int xAt = xOffset + at;
        for (int group = 0; group < groups; group++) {
            FloatVector v = FORMAT.weights(row, group, first, scales, 0);
            FloatVector w = FORMAT.weights(row, group, first + 1, scales, 0);
            a0 = FloatVector.fromArray(F, x, xAt).fma(v, a0);
            b0 = FloatVector.fromArray(F, x, xAt + L).fma(w, b0);
            a1 = FloatVector.fromArray(F, x, xAt + 32).fma(v, a1);
            b1 = FloatVector.fromArray(F, x, xAt + 32 + L).fma(w, b1);
            xAt += 64;
        }
        a0.intoArray(sums, at);
        b0.intoArray(sums, at + L);
        a1.intoArray(sums, 32 + at);
        b1.intoArray(sums, 32 + at + L);
    }

    static void columns3(long row, int groups, float[] x, int xOffset, int step, float[] scales, float[] sums) {
        int at = STEPS == 2 ? 0 : step * L;
        int first = STEPS == 2 ? 0 : step;
        FloatVector a0 = FloatVector.zero(F);
        FloatVector b0 = a0;
        FloatVector a1 = FloatVector.zero(F);
        FloatVector b1 = a1;
        FloatVector a2 = FloatVector.zero(F);
        FloatVector b2 = a2;
        int xAt = xOffset + at;
        for (int group = 0; group < groups; group++) {
            FloatVector v = FORMAT.weights(row, group, first, scales, 0);
            FloatVector w = FORMAT.weights(row, group, first + 1, scales, 0);
            a0 = FloatVector.fromArray(F, x, xAt).fma(v, a0);
            b0 = FloatVector.fromArray(F, x, xAt + L).fma(w, b0);
            a1 = FloatVector.fromArray(F, x, xAt + 32).fma(v, a1);
            b1 = FloatVector.fromArray(F, x, xAt + 32 + L).fma(w, b1);
            a2 = FloatVector.fromArray(F, x, xAt + 64).fma(v, a2);
            b2 = FloatVector.fromArray(F, x, xAt + 64 + L).fma(w, b2);
            xAt += 96;
        }
        a0.intoArray(sums, at);
        b0.intoArray(sums, at + L);
        a1.intoArray(sums, 32 + at);
        b1.intoArray(sums, 32 + at + L);
        a2.intoArray(sums, 64 + at);
        b2.intoArray(sums, 64 + at + L);
    }

    static void columns4(long row, int groups, float[] x, int xOffset, int step, float[] scales, float[] sums) {
        int at = STEPS == 2 ? 0 : step * L;
        int first = STEPS == 2 ? 0 : step;
        FloatVector a0 = FloatVector.zero(F);
        FloatVector b0 = a0;
        FloatVector a1 = FloatVector.zero(F);
        FloatVector b1 = a1;
        FloatVector a2 = FloatVector.zero(F);
        FloatVector b2 = a2;
        FloatVector a3 = FloatVector.zero(F);
        FloatVector b3 = a3;
        int xAt = xOffset + at;
        for (int group = 0; group < groups; group++) {
            FloatVector v = FORMAT.weights(row, group, first, scales, 0);
            FloatVector w = FORMAT.weights(row, group, first + 1, scales, 0);
            a0 = FloatVector.fromArray(F, x, xAt).fma(v, a0);
            b0 = FloatVector.fromArray(F, x, xAt + L).fma(w, b0);
            a1 = FloatVector.fromArray(F, x, xAt + 32).fma(v, a1);
            b1 = FloatVector.fromArray(F, x, xAt + 32 + L).fma(w, b1);
            a2 = FloatVector.fromArray(F, x, xAt + 64).fma(v, a2);
            b2 = FloatVector.fromArray(F, x, xAt + 64 + L).fma(w, b2);
            a3 = FloatVector.fromArray(F, x, xAt + 96).fma(v, a3);
            b3 = FloatVector.fromArray(F, x, xAt + 96 + L).fma(w, b3);
            xAt += 128;
        }
        a0.intoArray(sums, at);
        b0.intoArray(sums, at + L);
        a1.intoArray(sums, 32 + at);
        b1.intoArray(sums, 32 + at + L);
        a2.intoArray(sums, 64 + at);
        b2.intoArray(sums, 64 + at + L);
        a3.intoArray(sums, 96 + at);
        b3.intoArray(sums, 96 + at + L);
    }
}
