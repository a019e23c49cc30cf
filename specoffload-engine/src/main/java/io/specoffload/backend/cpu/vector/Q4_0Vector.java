package io.specoffload.backend.cpu.vector;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.tensor.DType;
import jdk.incubator.vector.IntVector;

/** See the scalar format for the layout. */
final class Q4_0Vector implements VectorFormat {

    @Override
    public DType type() {
        return DType.Q4_0;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        long block = address;
        for (int k = 0; k < elements; k += 32) {
            float d = Memory.halfAt(block);
            for (int i = 0; i < 16; i += Lanes.L) {
                IntVector q = Lanes.unsignedBytes(block + 2 + i);
                Lanes.toFloat(q.and(15).sub(8)).mul(d).intoArray(out, offset + k + i);
                Lanes.toFloat(Lanes.right(q, 4).sub(8)).mul(d).intoArray(out, offset + k + 16 + i);
            }
            block += 18;
        }
    }
}
