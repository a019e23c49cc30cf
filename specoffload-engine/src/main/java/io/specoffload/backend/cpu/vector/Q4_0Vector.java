package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;
import static io.specoffload.backend.cpu.vector.Lanes.L;
import static io.specoffload.backend.cpu.vector.Lanes.STEPS;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.tensor.DType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** See the scalar format for the layout. */
final class Q4_0Vector implements DirectFormat {

    /** -8, -7, ... */
    private static final FloatVector VALUES =
            Lanes.toFloat(IntVector.zero(Lanes.I).addIndex(1).sub(8));

    @Override
    public DType type() {
        return DType.Q4_0;
    }

    @Override
    public void pack(long address, int elements, float[] out, int offset, int groupStride, int vectorStride) {
        long block = address;
        int at = offset;
        for (int k = 0; k < elements; k += 32) {
            float d = Memory.halfAt(block);
            for (int i = 0; i < 16; i += Lanes.L) {
                IntVector q = Lanes.unsignedBytes(block + 2 + i);
                Lanes.toFloat(q.and(15).sub(8)).mul(d).intoArray(out, at + i / L * vectorStride);
                Lanes.toFloat(Lanes.right(q, 4).sub(8)).mul(d).intoArray(out, at + (STEPS / 2 + i / L) * vectorStride);
            }
            at += groupStride;
            block += 18;
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
        long bytes = address + 2;
        for (int k = 0; k < columns; k += 32) {
            float d = Memory.halfAt(bytes - 2);
            IntVector q = Lanes.unsignedBytes(bytes);
            if (Lanes.STEPS == 2) {
                a0 = step(q.and(15), d, x, k, a0);
                a1 = step(Lanes.right(q, 4), d, x, k + L, a1);
            } else {
                IntVector r = Lanes.unsignedBytes(bytes + L);
                a0 = step(q.and(15), d, x, k, a0);
                a1 = step(r.and(15), d, x, k + L, a1);
                a2 = step(Lanes.right(q, 4), d, x, k + 2 * L, a2);
                a3 = step(Lanes.right(r, 4), d, x, k + 3 * L, a3);
            }
            bytes += 18;
        }
        return Lanes.sum(Tiles.combine(a0, a1, a2, a3));
    }

    private static FloatVector step(IntVector q, float d, float[] x, int at, FloatVector sum) {
        return Lanes.toFloat(q.sub(8)).mul(d).fma(FloatVector.fromArray(F, x, at), sum);
    }

    @Override
    public boolean isPaired() {
        return L == 16;
    }

    @Override
    public boolean isTouched() {
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
            FloatVector table = VALUES.mul(Memory.halfAt(p));
            IntVector indices = Lanes.unsignedBytes(p + 2);
            a = Lanes.lookUp(indices, table).fma(u, a);
            b = Lanes.lookUp(Lanes.right(indices, 4), table).fma(v, b);
            table = VALUES.mul(Memory.halfAt(q));
            indices = Lanes.unsignedBytes(q + 2);
            c = Lanes.lookUp(indices, table).fma(u, c);
            d = Lanes.lookUp(Lanes.right(indices, 4), table).fma(v, d);
            p += 18;
            q += 18;
        }
        out[0] = Lanes.sum(a.add(b));
        out[1] = Lanes.sum(c.add(d));
    }

    @Override
    public int lightColumns() {
        return L == 16 ? 4 : 0;
    }

    @Override
    public int groupBytes() {
        return 18;
    }

    @Override
    public float scale(long block) {
        return Memory.halfAt(block);
    }

    @Override
    public FloatVector weights(long block, int group, int step, float scale, float[] scales, int offset) {
        if (L < 16) {
            return Lanes.toFloat(Lanes.nibbles(block + 2, step).sub(8)).mul(scale);
        }
        // the block's 16 possible values in one vector: a look-up takes fewer operations than a conversion
        IntVector indices = Lanes.unsignedBytes(block + 2);
        return Lanes.lookUp(step == 0 ? indices : Lanes.right(indices, 4), VALUES.mul(scale));
    }
}
