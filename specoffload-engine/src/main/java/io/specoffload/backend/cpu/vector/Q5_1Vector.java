package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.L;
import static io.specoffload.backend.cpu.vector.Lanes.STEPS;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.tensor.DType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** See the scalar format for the layout. */
final class Q5_1Vector implements DirectFormat {

    @Override
    public DType type() {
        return DType.Q5_1;
    }

    @Override
    public void pack(long address, int elements, float[] out, int offset, int groupStride, int vectorStride) {
        long block = address;
        int at = offset;
        for (int k = 0; k < elements; k += 32) {
            float d = Memory.halfAt(block);
            float m = Memory.halfAt(block + 2);
            int fifth = Memory.intAt(block + 4);
            for (int i = 0; i < 16; i += Lanes.L) {
                IntVector q = Lanes.unsignedBytes(block + 8 + i);
                IntVector low = q.and(15).or(Lanes.bits(fifth >>> i, 4));
                IntVector high = Lanes.right(q, 4).or(Lanes.bits(fifth >>> 16 + i, 4));
                Lanes.toFloat(low).mul(d).add(m).intoArray(out, at + i / L * vectorStride);
                Lanes.toFloat(high).mul(d).add(m).intoArray(out, at + (STEPS / 2 + i / L) * vectorStride);
            }
            at += groupStride;
            block += 24;
        }
    }

    @Override
    public int groupBytes() {
        return 24;
    }

    @Override
    public float scale(long block) {
        return Memory.halfAt(block);
    }

    @Override
    public FloatVector weights(long block, int group, int step, float scale, float[] scales, int offset) {
        IntVector q = Lanes.nibbles(block + 8, step).or(Lanes.bits(Memory.intAt(block + 4) >>> step * L, 4));
        return Lanes.toFloat(q).mul(scale).add(Memory.halfAt(block + 2));
    }
}
