package io.specoffload.backend.cpu;

import io.specoffload.tensor.DType;

/**
 * Super-blocks of 256: 32 bytes of third bits, 64 bytes of bit pairs, 12 bytes of scales of 6 bits (one per 16 elements),
 * a float16 d; the value is d * (s - 32) * (q - 4), q being the pair plus 4 where the third bit is set. Pairs are laid out
 * as in {@link Q2_KFormat}; third-bit byte i holds element i of all eight groups of 32, group 0 lowest. Scale i takes its
 * lower four bits from byte i (low nibble, i below 8) or i - 8 (high nibble), the upper two from bit pair i / 4 of byte
 * 8 + i mod 4.
 */
final class Q3_KFormat implements WeightFormat {

    @Override
    public DType type() {
        return DType.Q3_K;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        long block = address;
        for (int k = 0; k < elements; k += 256) {
            float d = Memory.halfAt(block + 108);
            for (int part = 0; part < 16; part++) {
                float scale = d * (scale(block + 96, part) - 32);
                long third = block + 16 * (part & 1);
                long pairs = block + 32 + 32 * (part >>> 3) + 16 * (part & 1);
                int shift = part & 6;
                for (int i = 0; i < 16; i++) {
                    int q = Memory.unsignedByteAt(pairs + i) >>> shift & 3;
                    int bit = Memory.unsignedByteAt(third + i) >>> part / 2 & 1;
                    out[offset + k + 16 * part + i] = scale * ((q | bit << 2) - 4);
                }
            }
            block += 110;
        }
    }

    private static int scale(long scales, int i) {
        int lower = Memory.unsignedByteAt(scales + (i & 7)) >>> 4 * (i >>> 3) & 15;
        int upper = Memory.unsignedByteAt(scales + 8 + (i & 3)) >>> 2 * (i >>> 2) & 3;
        return lower | upper << 4;
    }
}
