package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;
import static io.specoffload.backend.cpu.vector.Lanes.L;
import static io.specoffload.backend.cpu.vector.Lanes.STEPS;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.tensor.DType;
import jdk.incubator.vector.FloatVector;

/** See the scalar format for the layout. */
final class Q8_0Vector implements DirectFormat {

    @Override
    public DType type() {
        return DType.Q8_0;
    }

    @Override
    public void pack(long address, int elements, float[] out, int offset, int groupStride, int vectorStride) {
        long block = address;
        int at = offset;
        for (int k = 0; k < elements; k += 32) {
            float d = Memory.halfAt(block);
            for (int i = 0; i < STEPS; i++) {
                Lanes.signedBytes(block + 2 + i * L).mul(d).intoArray(out, at + i * vectorStride);
            }
            at += groupStride;
            block += 34;
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
        long q = address + 2;
        for (int k = 0; k < columns; k += 32) {
            float d = Memory.halfAt(q - 2);
            a0 = step(q, d, x, k, a0);
            a1 = step(q + L, d, x, k + L, a1);
            if (Lanes.STEPS > 2) {
                a2 = step(q + 2 * L, d, x, k + 2 * L, a2);
                a3 = step(q + 3 * L, d, x, k + 3 * L, a3);
            }
            q += 34;
        }
        return Lanes.sum(Tiles.combine(a0, a1, a2, a3));
    }

    private static FloatVector step(long q, float d, float[] x, int at, FloatVector sum) {
        return Lanes.signedBytes(q).mul(d).fma(FloatVector.fromArray(F, x, at), sum);
    }

    @Override
    public boolean isPaired() {
        return L == 16;
    }

    @Override
    public void dots(long first, long second, int columns, float[] x, Scratch scratch, float[] out) {
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a, c = a, d = a;
        long p = first + 2;
        long q = second + 2;
        for (int k = 0; k < columns; k += 32) {
            FloatVector u = FloatVector.fromArray(F, x, k);
            FloatVector v = FloatVector.fromArray(F, x, k + L);
            float scale = Memory.halfAt(p - 2);
            a = Lanes.signedBytes(p).mul(scale).fma(u, a);
            b = Lanes.signedBytes(p + L).mul(scale).fma(v, b);
            scale = Memory.halfAt(q - 2);
            c = Lanes.signedBytes(q).mul(scale).fma(u, c);
            d = Lanes.signedBytes(q + L).mul(scale).fma(v, d);
            p += 34;
            q += 34;
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
        return 34;
    }

    @Override
    public float scale(long block) {
        return Memory.halfAt(block);
    }

    @Override
    public FloatVector weights(long block, int group, int step, float scale, float[] scales, int offset) {
        return Lanes.signedBytes(block + 2 + step * L).mul(scale);
    }
}
