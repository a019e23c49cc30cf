package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;
import static io.specoffload.backend.cpu.vector.Lanes.L;
import static io.specoffload.backend.cpu.vector.Lanes.STEPS;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.tensor.DType;
import jdk.incubator.vector.FloatVector;

/** IEEE 754 binary16. */
final class F16Vector implements DirectFormat {

    @Override
    public DType type() {
        return DType.F16;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        if (L < 16) {
            // a plain loop, which the compiler turns into conversions of 8 halves by one instruction
            for (int i = 0; i < elements; i++) {
                out[offset + i] = Memory.halfAt(address + 2L * i);
            }
            return;
        }
        int whole = elements & -Lanes.L;
        for (int k = 0; k < whole; k += Lanes.L) {
            Halves.load(address + 2L * k).intoArray(out, offset + k);
        }
        for (int k = whole; k < elements; k++) {
            out[offset + k] = Memory.halfAt(address + 2L * k);
        }
    }

    @Override
    public void pack(long address, int elements, float[] out, int offset, int groupStride, int vectorStride) {
        long w = address;
        int at = offset;
        for (int k = 0; k < elements; k += 32) {
            for (int i = 0; i < STEPS; i++) {
                Halves.load(w + 2 * L * i).intoArray(out, at + i * vectorStride);
            }
            at += groupStride;
            w += 64;
        }
    }

    /** With 16 lanes the same sum as {@link Tiles#dot} over decoded weights, without storing them. */
    @Override
    public float dot(long address, int columns, float[] x, Scratch scratch) {
        if (L < 16) {
            return DirectFormat.super.dot(address, columns, x, scratch);
        }
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = a0;
        int whole = columns & -32;
        long w = address;
        for (int k = 0; k < whole; k += 32) {
            a0 = step(w, x, k, a0);
            a1 = step(w + 2 * L, x, k + L, a1);
            w += 64;
        }
        float sum = Lanes.sum(a0.add(a1));
        if (whole == columns) {
            return sum;
        }
        float[] row = scratch.partial;
        decode(w, columns - whole, row, 0);
        return sum + Tiles.tail(row, 0, x, whole, columns - whole);
    }

    private static FloatVector step(long w, float[] x, int at, FloatVector sum) {
        return Halves.load(w).fma(FloatVector.fromArray(F, x, at), sum);
    }

    @Override
    public boolean isPaired() {
        return L == 16;
    }

    @Override
    public void dots(long first, long second, int columns, float[] x, Scratch scratch, float[] out) {
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a, c = a, d = a;
        long p = first;
        long q = second;
        for (int k = 0; k < columns; k += 32) {
            FloatVector u = FloatVector.fromArray(F, x, k);
            FloatVector v = FloatVector.fromArray(F, x, k + L);
            a = Halves.load(p).fma(u, a);
            b = Halves.load(p + 32).fma(v, b);
            c = Halves.load(q).fma(u, c);
            d = Halves.load(q + 32).fma(v, d);
            p += 64;
            q += 64;
        }
        a.add(b).intoArray(out, 0);
        c.add(d).intoArray(out, L);
        float sum = Lanes.sum(out, 0);
        out[1] = Lanes.sum(out, L);
        out[0] = sum;
    }

    @Override
    public int lightColumns() {
        return DirectCalls.COLUMNS;
    }

    @Override
    public int groupBytes() {
        return 64;
    }

    @Override
    public FloatVector weights(long block, int group, int step, float scale, float[] scales, int offset) {
        return Halves.load(block + 2 * L * step);
    }
}
