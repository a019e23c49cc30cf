package io.specoffload.backend.cpu;

import io.specoffload.tensor.DType;

/**
 * Super-blocks of 256: float16 scale d and factor e of the minimums, 12 bytes with a 6-bit scale s and minimum m per 32
 * elements (see {@link SuperBlocks}), then 128 bytes; the value is (d * s) * q - e * m. Each 64 elements take 32 bytes:
 * the first 32 elements their low nibbles, the others the high ones.
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
            float e = Memory.halfAt(block + 2);
            long scales = SuperBlocks.scales8(block + 4);
            long minimums = SuperBlocks.minimums8(block + 4);
            for (int group = 0; group < 8; group++) {
                float scale = d * SuperBlocks.at(scales, group);
                float minimum = e * SuperBlocks.at(minimums, group);
                for (int i = 0; i < 32; i++) {
                    int q = Memory.unsignedByteAt(block + 16 + 32 * (group / 2) + i) >>> 4 * (group % 2) & 15;
                    out[offset + k + 32 * group + i] = scale * q - minimum;
                }
            }
            block += 144;
        }
    }
}
