package io.specoffload.backend.cpu.vector;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.tensor.DType;
import jdk.incubator.vector.IntVector;

/** See the scalar format for the layout. */
final class Q5_0Vector implements VectorFormat {

    @Override
    public DType type() {
        return DType.Q5_0;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        long block = address;
        for (int k = 0; k < elements; k += 32) {
            float d = Memory.halfAt(block);
            int fifth = Memory.intAt(block + 2);
            for (int i = 0; i < 16; i += Lanes.L) {
                IntVector q = Lanes.unsignedBytes(block + 6 + i);
                IntVector low = q.and(15).or(Lanes.bits(fifth >>> i, 4));
                IntVector high = Lanes.right(q, 4).or(Lanes.bits(fifth >>> 16 + i, 4));
                Lanes.toFloat(low.sub(16)).mul(d).intoArray(out, offset + k + i);
                Lanes.toFloat(high.sub(16)).mul(d).intoArray(out, offset + k + 16 + i);
            }
            block += 22;
        }
    }
}
