package io.specoffload.backend.cpu;

import io.specoffload.tensor.DType;

/**
 * Super-blocks of 256: 128 bytes of low nibbles, 64 bytes of upper bit pairs, 16 signed scales s (one per 16 elements),
 * a float16 scale d; the value is (d * s) * (q - 32) with q of 6 bits. Each half of 128 elements takes 64 low-nibble
 * bytes and 32 upper bytes; of its four groups of 32, groups 0 and 1 lie in the low nibbles of bytes 0-31 and 32-63,
 * groups 2 and 3 in the high nibbles of the same bytes, and upper byte i holds the four groups' bits of element i,
 * group 0 lowest.
 */
final class Q6_KFormat implements WeightFormat {

    @Override
    public DType type() {
        return DType.Q6_K;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        long block = address;
        for (int k = 0; k < elements; k += 256) {
            float d = Memory.halfAt(block + 208);
            for (int half = 0; half < 2; half++) {
                decodeHalf(
                        block + 64L * half,
                        block + 128 + 32L * half,
                        block + 192 + 8L * half,
                        d,
                        out,
                        offset + k + 128 * half);
            }
            block += 210;
        }
    }

    private static void decodeHalf(long low, long high, long scales, float d, float[] out, int offset) {
        for (int group = 0; group < 4; group++) {
            for (int i = 0; i < 32; i++) {
                int nibbles = Memory.unsignedByteAt(low + 32 * (group & 1) + i);
                int upper = Memory.unsignedByteAt(high + i) >>> 2 * group & 3;
                int q = (group < 2 ? nibbles & 15 : nibbles >>> 4) | upper << 4;
                float scale = d * Memory.byteAt(scales + 2 * group + (i >>> 4));
                out[offset + 32 * group + i] = scale * (q - 32);
            }
        }
    }
}
