package io.specoffload.backend.cpu;

import io.specoffload.tensor.DType;

/**
 * Blocks of 32: a float16 scale d, 32 bits h of which bit i is the fifth bit of element i, then 16 bytes of low nibbles
 * (elements 0-15) and high nibbles (elements 16-31); the value is d * (q - 16).
 */
final class Q5_0Format implements WeightFormat {

    @Override
    public DType type() {
        return DType.Q5_0;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        long block = address;
        for (int k = 0; k < elements; k += 32) {
            float d = Memory.halfAt(block);
            int high = Memory.intAt(block + 2);
            for (int i = 0; i < 16; i++) {
                int q = Memory.unsignedByteAt(block + 6 + i);
                out[offset + k + i] = d * ((q & 15 | (high >>> i & 1) << 4) - 16);
                out[offset + k + 16 + i] = d * ((q >>> 4 | (high >>> 16 + i & 1) << 4) - 16);
            }
            block += 22;
        }
    }
}
