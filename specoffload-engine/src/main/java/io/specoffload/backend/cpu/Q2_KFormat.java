package io.specoffload.backend.cpu;

import io.specoffload.tensor.DType;

/**
 * Super-blocks of 256: 16 bytes of scales (one per 16 elements: scale s in the low nibble, minimum m in the high one), 64
 * bytes of bit pairs, a float16 d, a float16 dmin; the value is (d * s) * q - dmin * m. Each half of 128 elements takes
 * 32 bytes of pairs; byte i holds element i of the half's four groups of 32, group 0 lowest.
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
            float dmin = Memory.halfAt(block + 82);
            for (int part = 0; part < 16; part++) {
                int scales = Memory.unsignedByteAt(block + part);
                float scale = d * (scales & 15);
                float minimum = dmin * (scales >>> 4);
                long pairs = block + 16 + 32 * (part >>> 3) + 16 * (part & 1);
                int shift = part & 6;
                for (int i = 0; i < 16; i++) {
                    int q = Memory.unsignedByteAt(pairs + i) >>> shift & 3;
                    out[offset + k + 16 * part + i] = scale * q - minimum;
                }
            }
            block += 84;
        }
    }
}
