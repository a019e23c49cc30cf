package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.L;
import static io.specoffload.backend.cpu.vector.Lanes.STEPS;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.tensor.DType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** See the scalar format for the layout. */
final class Q5_0Vector implements DirectFormat {

    @Override
    public DType type() {
        return DType.Q5_0;
    }

    @Override
    public void pack(long address, int elements, float[] out, int offset, int groupStride, int vectorStride) {
        long block = address;
        int at = offset;
        for (int k = 0; k < elements; k += 32) {
            float d = Memory.halfAt(block);
            int fifth = Memory.intAt(block + 2);
            for (int i = 0; i < 16; i += Lanes.L) {
                IntVector q = Lanes.unsignedBytes(block + 6 + i);
                IntVector low = q.and(15).or(Lanes.bits(fifth >>> i, 4));
                IntVector high = Lanes.right(q, 4).or(Lanes.bits(fifth >>> 16 + i, 4));
                Lanes.toFloat(low.sub(16)).mul(d).intoArray(out, at + i / L * vectorStride);
                Lanes.toFloat(high.sub(16)).mul(d).intoArray(out, at + (STEPS / 2 + i / L) * vectorStride);
            }
            at += groupStride;
            block += 22;
        }
    }

    @Override
    public int groupBytes() {
        return 22;
    }

    @Override
    public float scale(long block) {
        return Memory.halfAt(block);
    }

    @Override
    public FloatVector weights(long block, int group, int step, float scale, float[] scales, int offset) {
        IntVector q = Lanes.nibbles(block + 6, step).or(Lanes.bits(Memory.intAt(block + 2) >>> step * L, 4));
        return Lanes.toFloat(q.sub(16)).mul(scale);
    }
}
