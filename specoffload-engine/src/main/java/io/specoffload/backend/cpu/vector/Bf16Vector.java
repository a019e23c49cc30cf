package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;
import static io.specoffload.backend.cpu.vector.Lanes.L;
import static io.specoffload.backend.cpu.vector.Lanes.STEPS;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.tensor.DType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** bfloat16: the upper half of a float32. */
final class Bf16Vector implements DirectFormat {

    @Override
    public DType type() {
        return DType.BF16;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        int whole = elements & -Lanes.L;
        for (int k = 0; k < whole; k += Lanes.L) {
            Lanes.unsignedShorts(address + 2L * k)
                    .lanewise(VectorOperators.LSHL, 16)
                    .reinterpretAsFloats()
                    .intoArray(out, offset + k);
        }
        for (int k = whole; k < elements; k++) {
            out[offset + k] = Float.intBitsToFloat(Memory.shortAt(address + 2L * k) << 16);
        }
    }

    @Override
    public void pack(long address, int elements, float[] out, int offset, int groupStride, int vectorStride) {
        long w = address;
        int at = offset;
        for (int k = 0; k < elements; k += 32) {
            for (int i = 0; i < STEPS; i++) {
                Lanes.left(Lanes.unsignedShorts(w + 2 * L * i), 16)
                        .reinterpretAsFloats()
                        .intoArray(out, at + i * vectorStride);
            }
            at += groupStride;
            w += 64;
        }
    }

    /** The same sum as {@link Tiles#dot} over decoded weights, without storing them. */
    @Override
    public float dot(long address, int columns, float[] x, Scratch scratch) {
        if (Lanes.STEPS > 4) {
            return DirectFormat.super.dot(address, columns, x, scratch);
        }
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        int whole = columns & -32;
        long w = address;
        for (int k = 0; k < whole; k += 32) {
            a0 = step(w, x, k, a0);
            a1 = step(w + 2 * L, x, k + L, a1);
            if (Lanes.STEPS > 2) {
                a2 = step(w + 4 * L, x, k + 2 * L, a2);
                a3 = step(w + 6 * L, x, k + 3 * L, a3);
            }
            w += 64;
        }
        float sum = Lanes.sum(Tiles.combine(a0, a1, a2, a3));
        if (whole == columns) {
            return sum;
        }
        float[] row = scratch.partial;
        decode(w, columns - whole, row, 0);
        return sum + Tiles.tail(row, 0, x, whole, columns - whole);
    }

    private static FloatVector step(long w, float[] x, int at, FloatVector sum) {
        return load(w).fma(FloatVector.fromArray(F, x, at), sum);
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
            a = load(p).fma(u, a);
            b = load(p + 32).fma(v, b);
            c = load(q).fma(u, c);
            d = load(q + 32).fma(v, d);
            p += 64;
            q += 64;
        }
        out[0] = Lanes.sum(a.add(b));
        out[1] = Lanes.sum(c.add(d));
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
        return load(block + 2 * L * step);
    }

    private static FloatVector load(long at) {
        return Lanes.left(Lanes.unsignedShorts(at), 16).reinterpretAsFloats();
    }
}
