package io.specoffload.backend.cpu;

import io.specoffload.tensor.DType;

/**
 * Blocks of 32: float16 scale d and minimum m, then 16 bytes; byte i holds element i in its low nibble and element 16 + i
 * in its high nibble; the value is d * q + m.
 */
final class Q4_1Format implements WeightFormat {

    @Override
    public DType type() {
        return DType.Q4_1;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        long block = address;
        for (int k = 0; k < elements; k += 32) {
            float d = Memory.halfAt(block);
            float m = Memory.halfAt(block + 2);
            for (int i = 0; i < 16; i++) {
                int q = Memory.unsignedByteAt(block + 4 + i);
                out[offset + k + i] = d * (q & 15) + m;
                out[offset + k + 16 + i] = d * (q >>> 4) + m;
            }
            block += 20;
        }
    }
}
