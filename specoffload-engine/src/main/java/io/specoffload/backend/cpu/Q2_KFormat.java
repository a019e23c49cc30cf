package io.specoffload.backend.cpu;

import io.specoffload.tensor.DType;

/**
 * Super-blocks of 256: 16 bytes (one per 16 elements) with a scale s in the low and a minimum m in the high nibble, 64
 * bytes of bit pairs, a float16 scale d and a float16 factor e of the minimums; the value is (d * s) * q - e * m. Each
 * half of 128 elements takes 32 bytes, of which byte i holds elements i, 32 + i, 64 + i and 96 + i, lowest bits first.
 */
final class Q2_KFormat implements WeightFormat {

    @Override
    public DType type() {
        return DType.Q2_K;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        long block = address;
        for (int k = 0; k < elements; k += 256) {
            float d = Memory.halfAt(block + 80);
            float e = Memory.halfAt(block + 82);
            for (int i = 0; i < 256; i++) {
                int packed = Memory.unsignedByteAt(block + 16 + (i / 128) * 32 + i % 32);
                int q = packed >>> 2 * (i % 128 / 32) & 3;
                int scales = Memory.unsignedByteAt(block + i / 16);
                out[offset + k + i] = d * (scales & 15) * q - e * (scales >>> 4);
            }
            block += 84;
        }
    }
}
