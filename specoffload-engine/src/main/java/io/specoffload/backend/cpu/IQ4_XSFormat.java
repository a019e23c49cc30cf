package io.specoffload.backend.cpu;

import io.specoffload.tensor.DType;

/**
 * Super-blocks of 256: a float16 scale d, 16 bits of upper scale bits (two per sub-block), 4 bytes of lower scale bits
 * (a nibble per sub-block), then 8 sub-blocks of 16 bytes as in {@link IQ4_NLFormat}, each with the scale
 * d * (s - 32).
 */
final class IQ4_XSFormat implements WeightFormat {

    @Override
    public DType type() {
        return DType.IQ4_XS;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        long block = address;
        for (int k = 0; k < elements; k += 256) {
            float d = Memory.halfAt(block);
            int upper = Memory.shortAt(block + 2);
            for (int sub = 0; sub < 8; sub++) {
                int lower = Memory.unsignedByteAt(block + 4 + sub / 2) >>> 4 * (sub & 1) & 15;
                int scale = lower | (upper >>> 2 * sub & 3) << 4;
                NonLinear4.decode(block + 8 + 16L * sub, d * (scale - 32), out, offset + k + 32 * sub);
            }
            block += 136;
        }
    }
}
