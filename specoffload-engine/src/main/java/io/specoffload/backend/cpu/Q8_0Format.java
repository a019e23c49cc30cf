package io.specoffload.backend.cpu;

import io.specoffload.tensor.DType;

/** Blocks of 32: a float16 scale d, then 32 signed bytes q; the value is d * q. */
final class Q8_0Format implements WeightFormat {

    @Override
    public DType type() {
        return DType.Q8_0;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        long block = address;
        for (int k = 0; k < elements; k += 32) {
            float d = Memory.halfAt(block);
            for (int i = 0; i < 32; i++) {
                out[offset + k + i] = d * Memory.byteAt(block + 2 + i);
            }
            block += 34;
        }
    }
}
