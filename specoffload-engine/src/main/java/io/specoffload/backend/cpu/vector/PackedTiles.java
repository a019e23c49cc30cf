package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;
import static io.specoffload.backend.cpu.vector.Lanes.L;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.FloatVector;

/**
 * The inner loops of matrix products: 4 weight rows by 1 to 6 columns of activations, both packed so that what one step
 * multiplies lies side by side. Each step multiplies one vector of every row with one of every column and adds to 4
 * times as many sums as there are columns, all of which stay in registers. The loops are called through method handles that the compiler does not
 * see through: two of them inlined into one caller exceed its limits (see {@link FormatCalls}).
 */
final class PackedTiles {

    /** Weight rows in a tile. */
    static final int ROWS = 4;

    /** Columns of activations in the widest tile: as many as the registers hold sums for. */
    static final int COLUMNS = L == 16 ? 6 : 2;

    private final MethodHandle[] tiles = new MethodHandle[7];

    PackedTiles() {
        MethodType type = MethodType.methodType(
                void.class,
                float[].class,
                int.class,
                float[].class,
                int.class,
                int.class,
                float[].class,
                int.class,
                float[].class,
                int.class);
        try {
            for (int columns = 1; columns < tiles.length; columns++) {
                tiles[columns] = MethodHandles.lookup().findStatic(PackedTiles.class, "columns" + columns, type);
            }
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("the inner loops of matrix products", e);
        }
    }

    /**
     * Adds {@code steps} products to each of some sums.
     *
     * @param columns 1 to {@link #COLUMNS}
     * @param w from {@code wOffset}: [steps][4 rows][L]
     * @param x from {@code xOffset}: [steps][columns][L]
     * @param start from {@code startOffset}: what is added to, [columns][4 rows][L]; may be the sums
     * @param sums receives the sums, from {@code sumsOffset}: [columns][4 rows][L]
     */
    void multiply(
            int columns,
            float[] w,
            int wOffset,
            float[] x,
            int xOffset,
            int steps,
            float[] start,
            int startOffset,
            float[] sums,
            int sumsOffset) {
        try {
            tiles[columns].invokeExact(w, wOffset, x, xOffset, steps, start, startOffset, sums, sumsOffset);
        } catch (Throwable e) {
            throw FormatCalls.unchecked(e);
        }
    }

    static void columns1(
            float[] w,
            int wOffset,
            float[] x,
            int xOffset,
            int steps,
            float[] start,
            int startOffset,
            float[] sums,
            int sumsOffset) {
        FloatVector a00 = FloatVector.fromArray(F, start, startOffset + 0 * L);
        FloatVector a01 = FloatVector.fromArray(F, start, startOffset + 1 * L);
        FloatVector a02 = FloatVector.fromArray(F, start, startOffset + 2 * L);
        FloatVector a03 = FloatVector.fromArray(F, start, startOffset + 3 * L);
        int wAt = wOffset;
        int xAt = xOffset;
        for (int step = 0; step < steps; step++) {
            FloatVector w0 = FloatVector.fromArray(F, w, wAt);
            FloatVector w1 = FloatVector.fromArray(F, w, wAt + L);
            FloatVector w2 = FloatVector.fromArray(F, w, wAt + 2 * L);
            FloatVector w3 = FloatVector.fromArray(F, w, wAt + 3 * L);
            FloatVector u = FloatVector.fromArray(F, x, xAt);
            a00 = w0.fma(u, a00);
            a01 = w1.fma(u, a01);
            a02 = w2.fma(u, a02);
            a03 = w3.fma(u, a03);
            wAt += ROWS * L;
            xAt += 1 * L;
        }
        a00.intoArray(sums, sumsOffset + 0 * L);
        a01.intoArray(sums, sumsOffset + 1 * L);
        a02.intoArray(sums, sumsOffset + 2 * L);
        a03.intoArray(sums, sumsOffset + 3 * L);
    }

    static void columns2(
            float[] w,
            int wOffset,
            float[] x,
            int xOffset,
            int steps,
            float[] start,
            int startOffset,
            float[] sums,
            int sumsOffset) {
        FloatVector a00 = FloatVector.fromArray(F, start, startOffset + 0 * L);
        FloatVector a01 = FloatVector.fromArray(F, start, startOffset + 1 * L);
        FloatVector a02 = FloatVector.fromArray(F, start, startOffset + 2 * L);
        FloatVector a03 = FloatVector.fromArray(F, start, startOffset + 3 * L);
        FloatVector a10 = FloatVector.fromArray(F, start, startOffset + 4 * L);
        FloatVector a11 = FloatVector.fromArray(F, start, startOffset + 5 * L);
        FloatVector a12 = FloatVector.fromArray(F, start, startOffset + 6 * L);
        FloatVector a13 = FloatVector.fromArray(F, start, startOffset + 7 * L);
        for (int xAt = xOffset; xAt < xOffset + steps * 2 * L; xAt += 2 * L) {
            int wAt = 2 * xAt + wOffset - 2 * xOffset;
            FloatVector u = FloatVector.fromArray(F, x, xAt);
            FloatVector v = FloatVector.fromArray(F, x, xAt + L);
            FloatVector w0 = FloatVector.fromArray(F, w, wAt);
            a00 = u.fma(w0, a00);
            a10 = v.fma(w0, a10);
            w0 = FloatVector.fromArray(F, w, wAt + L);
            a01 = u.fma(w0, a01);
            a11 = v.fma(w0, a11);
            w0 = FloatVector.fromArray(F, w, wAt + 2 * L);
            a02 = u.fma(w0, a02);
            a12 = v.fma(w0, a12);
            w0 = FloatVector.fromArray(F, w, wAt + 3 * L);
            a03 = u.fma(w0, a03);
            a13 = v.fma(w0, a13);
        }
        a00.intoArray(sums, sumsOffset + 0 * L);
        a01.intoArray(sums, sumsOffset + 1 * L);
        a02.intoArray(sums, sumsOffset + 2 * L);
        a03.intoArray(sums, sumsOffset + 3 * L);
        a10.intoArray(sums, sumsOffset + 4 * L);
        a11.intoArray(sums, sumsOffset + 5 * L);
        a12.intoArray(sums, sumsOffset + 6 * L);
        a13.intoArray(sums, sumsOffset + 7 * L);
    }

    static void columns3(
            float[] w,
            int wOffset,
            float[] x,
            int xOffset,
            int steps,
            float[] start,
            int startOffset,
            float[] sums,
            int sumsOffset) {
        FloatVector a00 = FloatVector.fromArray(F, start, startOffset + 0 * L);
        FloatVector a01 = FloatVector.fromArray(F, start, startOffset + 1 * L);
        FloatVector a02 = FloatVector.fromArray(F, start, startOffset + 2 * L);
        FloatVector a03 = FloatVector.fromArray(F, start, startOffset + 3 * L);
        FloatVector a10 = FloatVector.fromArray(F, start, startOffset + 4 * L);
        FloatVector a11 = FloatVector.fromArray(F, start, startOffset + 5 * L);
        FloatVector a12 = FloatVector.fromArray(F, start, startOffset + 6 * L);
        FloatVector a13 = FloatVector.fromArray(F, start, startOffset + 7 * L);
        FloatVector a20 = FloatVector.fromArray(F, start, startOffset + 8 * L);
        FloatVector a21 = FloatVector.fromArray(F, start, startOffset + 9 * L);
        FloatVector a22 = FloatVector.fromArray(F, start, startOffset + 10 * L);
        FloatVector a23 = FloatVector.fromArray(F, start, startOffset + 11 * L);
        int wAt = wOffset;
        int xAt = xOffset;
        for (int step = 0; step < steps; step++) {
            FloatVector w0 = FloatVector.fromArray(F, w, wAt);
            FloatVector w1 = FloatVector.fromArray(F, w, wAt + L);
            FloatVector w2 = FloatVector.fromArray(F, w, wAt + 2 * L);
            FloatVector w3 = FloatVector.fromArray(F, w, wAt + 3 * L);
            FloatVector u = FloatVector.fromArray(F, x, xAt);
            a00 = w0.fma(u, a00);
            a01 = w1.fma(u, a01);
            a02 = w2.fma(u, a02);
            a03 = w3.fma(u, a03);
            u = FloatVector.fromArray(F, x, xAt + L);
            a10 = w0.fma(u, a10);
            a11 = w1.fma(u, a11);
            a12 = w2.fma(u, a12);
            a13 = w3.fma(u, a13);
            u = FloatVector.fromArray(F, x, xAt + 2 * L);
            a20 = w0.fma(u, a20);
            a21 = w1.fma(u, a21);
            a22 = w2.fma(u, a22);
            a23 = w3.fma(u, a23);
            wAt += ROWS * L;
            xAt += 3 * L;
        }
        a00.intoArray(sums, sumsOffset + 0 * L);
        a01.intoArray(sums, sumsOffset + 1 * L);
        a02.intoArray(sums, sumsOffset + 2 * L);
        a03.intoArray(sums, sumsOffset + 3 * L);
        a10.intoArray(sums, sumsOffset + 4 * L);
        a11.intoArray(sums, sumsOffset + 5 * L);
        a12.intoArray(sums, sumsOffset + 6 * L);
        a13.intoArray(sums, sumsOffset + 7 * L);
        a20.intoArray(sums, sumsOffset + 8 * L);
        a21.intoArray(sums, sumsOffset + 9 * L);
        a22.intoArray(sums, sumsOffset + 10 * L);
        a23.intoArray(sums, sumsOffset + 11 * L);
    }

    static void columns4(
            float[] w,
            int wOffset,
            float[] x,
            int xOffset,
            int steps,
            float[] start,
            int startOffset,
            float[] sums,
            int sumsOffset) {
        FloatVector a00 = FloatVector.fromArray(F, start, startOffset + 0 * L);
        FloatVector a01 = FloatVector.fromArray(F, start, startOffset + 1 * L);
        FloatVector a02 = FloatVector.fromArray(F, start, startOffset + 2 * L);
        FloatVector a03 = FloatVector.fromArray(F, start, startOffset + 3 * L);
        FloatVector a10 = FloatVector.fromArray(F, start, startOffset + 4 * L);
        FloatVector a11 = FloatVector.fromArray(F, start, startOffset + 5 * L);
        FloatVector a12 = FloatVector.fromArray(F, start, startOffset + 6 * L);
        FloatVector a13 = FloatVector.fromArray(F, start, startOffset + 7 * L);
        FloatVector a20 = FloatVector.fromArray(F, start, startOffset + 8 * L);
        FloatVector a21 = FloatVector.fromArray(F, start, startOffset + 9 * L);
        FloatVector a22 = FloatVector.fromArray(F, start, startOffset + 10 * L);
        FloatVector a23 = FloatVector.fromArray(F, start, startOffset + 11 * L);
        FloatVector a30 = FloatVector.fromArray(F, start, startOffset + 12 * L);
        FloatVector a31 = FloatVector.fromArray(F, start, startOffset + 13 * L);
        FloatVector a32 = FloatVector.fromArray(F, start, startOffset + 14 * L);
        FloatVector a33 = FloatVector.fromArray(F, start, startOffset + 15 * L);
        int wAt = wOffset;
        int xAt = xOffset;
        for (int step = 0; step < steps; step++) {
            FloatVector w0 = FloatVector.fromArray(F, w, wAt);
            FloatVector w1 = FloatVector.fromArray(F, w, wAt + L);
            FloatVector w2 = FloatVector.fromArray(F, w, wAt + 2 * L);
            FloatVector w3 = FloatVector.fromArray(F, w, wAt + 3 * L);
            FloatVector u = FloatVector.fromArray(F, x, xAt);
            a00 = w0.fma(u, a00);
            a01 = w1.fma(u, a01);
            a02 = w2.fma(u, a02);
            a03 = w3.fma(u, a03);
            u = FloatVector.fromArray(F, x, xAt + L);
            a10 = w0.fma(u, a10);
            a11 = w1.fma(u, a11);
            a12 = w2.fma(u, a12);
            a13 = w3.fma(u, a13);
            u = FloatVector.fromArray(F, x, xAt + 2 * L);
            a20 = w0.fma(u, a20);
            a21 = w1.fma(u, a21);
            a22 = w2.fma(u, a22);
            a23 = w3.fma(u, a23);
            u = FloatVector.fromArray(F, x, xAt + 3 * L);
            a30 = w0.fma(u, a30);
            a31 = w1.fma(u, a31);
            a32 = w2.fma(u, a32);
            a33 = w3.fma(u, a33);
            wAt += ROWS * L;
            xAt += 4 * L;
        }
        a00.intoArray(sums, sumsOffset + 0 * L);
        a01.intoArray(sums, sumsOffset + 1 * L);
        a02.intoArray(sums, sumsOffset + 2 * L);
        a03.intoArray(sums, sumsOffset + 3 * L);
        a10.intoArray(sums, sumsOffset + 4 * L);
        a11.intoArray(sums, sumsOffset + 5 * L);
        a12.intoArray(sums, sumsOffset + 6 * L);
        a13.intoArray(sums, sumsOffset + 7 * L);
        a20.intoArray(sums, sumsOffset + 8 * L);
        a21.intoArray(sums, sumsOffset + 9 * L);
        a22.intoArray(sums, sumsOffset + 10 * L);
        a23.intoArray(sums, sumsOffset + 11 * L);
        a30.intoArray(sums, sumsOffset + 12 * L);
        a31.intoArray(sums, sumsOffset + 13 * L);
        a32.intoArray(sums, sumsOffset + 14 * L);
        a33.intoArray(sums, sumsOffset + 15 * L);
    }

    static void columns5(
            float[] w,
            int wOffset,
            float[] x,
            int xOffset,
            int steps,
            float[] start,
            int startOffset,
            float[] sums,
            int sumsOffset) {
        FloatVector a00 = FloatVector.fromArray(F, start, startOffset + 0 * L);
        FloatVector a01 = FloatVector.fromArray(F, start, startOffset + 1 * L);
        FloatVector a02 = FloatVector.fromArray(F, start, startOffset + 2 * L);
        FloatVector a03 = FloatVector.fromArray(F, start, startOffset + 3 * L);
        FloatVector a10 = FloatVector.fromArray(F, start, startOffset + 4 * L);
        FloatVector a11 = FloatVector.fromArray(F, start, startOffset + 5 * L);
        FloatVector a12 = FloatVector.fromArray(F, start, startOffset + 6 * L);
        FloatVector a13 = FloatVector.fromArray(F, start, startOffset + 7 * L);
        FloatVector a20 = FloatVector.fromArray(F, start, startOffset + 8 * L);
        FloatVector a21 = FloatVector.fromArray(F, start, startOffset + 9 * L);
        FloatVector a22 = FloatVector.fromArray(F, start, startOffset + 10 * L);
        FloatVector a23 = FloatVector.fromArray(F, start, startOffset + 11 * L);
        FloatVector a30 = FloatVector.fromArray(F, start, startOffset + 12 * L);
        FloatVector a31 = FloatVector.fromArray(F, start, startOffset + 13 * L);
        FloatVector a32 = FloatVector.fromArray(F, start, startOffset + 14 * L);
        FloatVector a33 = FloatVector.fromArray(F, start, startOffset + 15 * L);
        FloatVector a40 = FloatVector.fromArray(F, start, startOffset + 16 * L);
        FloatVector a41 = FloatVector.fromArray(F, start, startOffset + 17 * L);
        FloatVector a42 = FloatVector.fromArray(F, start, startOffset + 18 * L);
        FloatVector a43 = FloatVector.fromArray(F, start, startOffset + 19 * L);
        int wAt = wOffset;
        int xAt = xOffset;
        for (int step = 0; step < steps; step++) {
            FloatVector w0 = FloatVector.fromArray(F, w, wAt);
            FloatVector w1 = FloatVector.fromArray(F, w, wAt + L);
            FloatVector w2 = FloatVector.fromArray(F, w, wAt + 2 * L);
            FloatVector w3 = FloatVector.fromArray(F, w, wAt + 3 * L);
            FloatVector u = FloatVector.fromArray(F, x, xAt);
            a00 = w0.fma(u, a00);
            a01 = w1.fma(u, a01);
            a02 = w2.fma(u, a02);
            a03 = w3.fma(u, a03);
            u = FloatVector.fromArray(F, x, xAt + L);
            a10 = w0.fma(u, a10);
            a11 = w1.fma(u, a11);
            a12 = w2.fma(u, a12);
            a13 = w3.fma(u, a13);
            u = FloatVector.fromArray(F, x, xAt + 2 * L);
            a20 = w0.fma(u, a20);
            a21 = w1.fma(u, a21);
            a22 = w2.fma(u, a22);
            a23 = w3.fma(u, a23);
            u = FloatVector.fromArray(F, x, xAt + 3 * L);
            a30 = w0.fma(u, a30);
            a31 = w1.fma(u, a31);
            a32 = w2.fma(u, a32);
            a33 = w3.fma(u, a33);
            u = FloatVector.fromArray(F, x, xAt + 4 * L);
            a40 = w0.fma(u, a40);
            a41 = w1.fma(u, a41);
            a42 = w2.fma(u, a42);
            a43 = w3.fma(u, a43);
            wAt += ROWS * L;
            xAt += 5 * L;
        }
        a00.intoArray(sums, sumsOffset + 0 * L);
        a01.intoArray(sums, sumsOffset + 1 * L);
        a02.intoArray(sums, sumsOffset + 2 * L);
        a03.intoArray(sums, sumsOffset + 3 * L);
        a10.intoArray(sums, sumsOffset + 4 * L);
        a11.intoArray(sums, sumsOffset + 5 * L);
        a12.intoArray(sums, sumsOffset + 6 * L);
        a13.intoArray(sums, sumsOffset + 7 * L);
        a20.intoArray(sums, sumsOffset + 8 * L);
        a21.intoArray(sums, sumsOffset + 9 * L);
        a22.intoArray(sums, sumsOffset + 10 * L);
        a23.intoArray(sums, sumsOffset + 11 * L);
        a30.intoArray(sums, sumsOffset + 12 * L);
        a31.intoArray(sums, sumsOffset + 13 * L);
        a32.intoArray(sums, sumsOffset + 14 * L);
        a33.intoArray(sums, sumsOffset + 15 * L);
        a40.intoArray(sums, sumsOffset + 16 * L);
        a41.intoArray(sums, sumsOffset + 17 * L);
        a42.intoArray(sums, sumsOffset + 18 * L);
        a43.intoArray(sums, sumsOffset + 19 * L);
    }

    static void columns6(
            float[] w,
            int wOffset,
            float[] x,
            int xOffset,
            int steps,
            float[] start,
            int startOffset,
            float[] sums,
            int sumsOffset) {
        FloatVector a00 = FloatVector.fromArray(F, start, startOffset + 0 * L);
        FloatVector a01 = FloatVector.fromArray(F, start, startOffset + 1 * L);
        FloatVector a02 = FloatVector.fromArray(F, start, startOffset + 2 * L);
        FloatVector a03 = FloatVector.fromArray(F, start, startOffset + 3 * L);
        FloatVector a10 = FloatVector.fromArray(F, start, startOffset + 4 * L);
        FloatVector a11 = FloatVector.fromArray(F, start, startOffset + 5 * L);
        FloatVector a12 = FloatVector.fromArray(F, start, startOffset + 6 * L);
        FloatVector a13 = FloatVector.fromArray(F, start, startOffset + 7 * L);
        FloatVector a20 = FloatVector.fromArray(F, start, startOffset + 8 * L);
        FloatVector a21 = FloatVector.fromArray(F, start, startOffset + 9 * L);
        FloatVector a22 = FloatVector.fromArray(F, start, startOffset + 10 * L);
        FloatVector a23 = FloatVector.fromArray(F, start, startOffset + 11 * L);
        FloatVector a30 = FloatVector.fromArray(F, start, startOffset + 12 * L);
        FloatVector a31 = FloatVector.fromArray(F, start, startOffset + 13 * L);
        FloatVector a32 = FloatVector.fromArray(F, start, startOffset + 14 * L);
        FloatVector a33 = FloatVector.fromArray(F, start, startOffset + 15 * L);
        FloatVector a40 = FloatVector.fromArray(F, start, startOffset + 16 * L);
        FloatVector a41 = FloatVector.fromArray(F, start, startOffset + 17 * L);
        FloatVector a42 = FloatVector.fromArray(F, start, startOffset + 18 * L);
        FloatVector a43 = FloatVector.fromArray(F, start, startOffset + 19 * L);
        FloatVector a50 = FloatVector.fromArray(F, start, startOffset + 20 * L);
        FloatVector a51 = FloatVector.fromArray(F, start, startOffset + 21 * L);
        FloatVector a52 = FloatVector.fromArray(F, start, startOffset + 22 * L);
        FloatVector a53 = FloatVector.fromArray(F, start, startOffset + 23 * L);
        int wAt = wOffset;
        int xAt = xOffset;
        for (int step = 0; step < steps; step++) {
            FloatVector w0 = FloatVector.fromArray(F, w, wAt);
            FloatVector w1 = FloatVector.fromArray(F, w, wAt + L);
            FloatVector w2 = FloatVector.fromArray(F, w, wAt + 2 * L);
            FloatVector w3 = FloatVector.fromArray(F, w, wAt + 3 * L);
            FloatVector u = FloatVector.fromArray(F, x, xAt);
            a00 = w0.fma(u, a00);
            a01 = w1.fma(u, a01);
            a02 = w2.fma(u, a02);
            a03 = w3.fma(u, a03);
            u = FloatVector.fromArray(F, x, xAt + L);
            a10 = w0.fma(u, a10);
            a11 = w1.fma(u, a11);
            a12 = w2.fma(u, a12);
            a13 = w3.fma(u, a13);
            u = FloatVector.fromArray(F, x, xAt + 2 * L);
            a20 = w0.fma(u, a20);
            a21 = w1.fma(u, a21);
            a22 = w2.fma(u, a22);
            a23 = w3.fma(u, a23);
            u = FloatVector.fromArray(F, x, xAt + 3 * L);
            a30 = w0.fma(u, a30);
            a31 = w1.fma(u, a31);
            a32 = w2.fma(u, a32);
            a33 = w3.fma(u, a33);
            u = FloatVector.fromArray(F, x, xAt + 4 * L);
            a40 = w0.fma(u, a40);
            a41 = w1.fma(u, a41);
            a42 = w2.fma(u, a42);
            a43 = w3.fma(u, a43);
            u = FloatVector.fromArray(F, x, xAt + 5 * L);
            a50 = w0.fma(u, a50);
            a51 = w1.fma(u, a51);
            a52 = w2.fma(u, a52);
            a53 = w3.fma(u, a53);
            wAt += ROWS * L;
            xAt += 6 * L;
        }
        a00.intoArray(sums, sumsOffset + 0 * L);
        a01.intoArray(sums, sumsOffset + 1 * L);
        a02.intoArray(sums, sumsOffset + 2 * L);
        a03.intoArray(sums, sumsOffset + 3 * L);
        a10.intoArray(sums, sumsOffset + 4 * L);
        a11.intoArray(sums, sumsOffset + 5 * L);
        a12.intoArray(sums, sumsOffset + 6 * L);
        a13.intoArray(sums, sumsOffset + 7 * L);
        a20.intoArray(sums, sumsOffset + 8 * L);
        a21.intoArray(sums, sumsOffset + 9 * L);
        a22.intoArray(sums, sumsOffset + 10 * L);
        a23.intoArray(sums, sumsOffset + 11 * L);
        a30.intoArray(sums, sumsOffset + 12 * L);
        a31.intoArray(sums, sumsOffset + 13 * L);
        a32.intoArray(sums, sumsOffset + 14 * L);
        a33.intoArray(sums, sumsOffset + 15 * L);
        a40.intoArray(sums, sumsOffset + 16 * L);
        a41.intoArray(sums, sumsOffset + 17 * L);
        a42.intoArray(sums, sumsOffset + 18 * L);
        a43.intoArray(sums, sumsOffset + 19 * L);
        a50.intoArray(sums, sumsOffset + 20 * L);
        a51.intoArray(sums, sumsOffset + 21 * L);
        a52.intoArray(sums, sumsOffset + 22 * L);
        a53.intoArray(sums, sumsOffset + 23 * L);
    }
}
