package io.specoffload.backend.cpu;

import io.specoffload.tensor.DType;

/**
 * Blocks of 32: a float16 scale d, a float16 offset m, 32 bits h of which bit i is the fifth bit of element i, then 16
 * bytes of low nibbles (elements 0-15) and high nibbles (elements 16-31); the value is d * q + m.
 */
final class Q5_1Format implements WeightFormat {

    @Override
    public DType type() {
        return DType.Q5_1;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        long block = address;
        for (int k = 0; k < elements; k += 32) {
            float d = Memory.halfAt(block);
            float m = Memory.halfAt(block + 2);
            int high = Memory.intAt(block + 4);
            for (int i = 0; i < 16; i++) {
                int q = Memory.unsignedByteAt(block + 8 + i);
                out[offset + k + i] = d * (q & 15 | (high >>> i & 1) << 4) + m;
                out[offset + k + 16 + i] = d * (q >>> 4 | (high >>> 16 + i & 1) << 4) + m;
            }
            block += 24;
        }
    }
}
