package io.specoffload.backend.cpu;

import io.specoffload.tensor.DType;

/**
 * Super-blocks of 256: 32 bytes of third bits, 64 bytes of bit pairs, 12 bytes of 6-bit scales s (one per 16 elements),
 * a float16 scale d; the value is (d * (s - 32)) * (q - 4) with q of 3 bits. Each half of 128 elements takes 32 bytes of
 * pairs, of which byte i holds elements i, 32 + i, 64 + i and 96 + i, lowest bits first; bit g of third-bit byte i belongs
 * to element i of the g-th group of 32. Scale j has its low bits in a nibble of byte j mod 8 (low nibbles first) and its
 * upper two in byte 8 + j mod 4, lowest first.
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
            long firstScales = SuperBlocks.scales16(block + 96, 0);
            long lastScales = SuperBlocks.scales16(block + 96, 1);
            for (int i = 0; i < 256; i++) {
                int packed = Memory.unsignedByteAt(block + 32 + (i / 128) * 32 + i % 32);
                int third = Memory.unsignedByteAt(block + i % 32) >>> i / 32 & 1;
                int q = packed >>> 2 * (i % 128 / 32) & 3 | third << 2;
                out[offset + k + i] =
                        d * (SuperBlocks.at(i < 128 ? firstScales : lastScales, i / 16 % 8) - 32) * (q - 4);
            }
            block += 110;
        }
    }
}
