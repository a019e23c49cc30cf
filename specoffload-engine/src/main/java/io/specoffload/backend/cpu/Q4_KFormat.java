package io.specoffload.backend.cpu;

import io.specoffload.tensor.DType;

/**
 * Super-blocks of 256: a float16 d, a float16 dmin, 12 bytes of scales s and minimums m (see {@link KScales}), 128 bytes
 * of nibbles; the value is (d * s) * q - dmin * m. Of each 64 elements the first 32 are the low nibbles of 32 bytes, the
 * others their high nibbles.
 */
final class Q4_KFormat implements WeightFormat {

    @Override
    public DType type() {
        return DType.Q4_K;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        long block = address;
        for (int k = 0; k < elements; k += 256) {
            float d = Memory.halfAt(block);
            float dmin = Memory.halfAt(block + 2);
            for (int sub = 0; sub < 8; sub++) {
                float scale = d * KScales.scale(block + 4, sub);
                float minimum = dmin * KScales.minimum(block + 4, sub);
                long nibbles = block + 16 + 32 * (sub >>> 1);
                int shift = 4 * (sub & 1);
                for (int i = 0; i < 32; i++) {
                    int q = Memory.unsignedByteAt(nibbles + i) >>> shift & 15;
                    out[offset + k + 32 * sub + i] = scale * q - minimum;
                }
            }
            block += 144;
        }
    }
}
