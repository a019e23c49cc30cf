package io.specoffload.backend.cpu.vector;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.tensor.DType;

/** See the scalar format for the layout. */
final class Q8_0Vector implements VectorFormat {

    @Override
    public DType type() {
        return DType.Q8_0;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        long block = address;
        for (int k = 0; k < elements; k += 32) {
            float d = Memory.halfAt(block);
            for (int i = 0; i < 32; i += Lanes.L) {
                Lanes.toFloat(Lanes.signedBytes(block + 2 + i)).mul(d).intoArray(out, offset + k + i);
            }
            block += 34;
        }
    }
}
