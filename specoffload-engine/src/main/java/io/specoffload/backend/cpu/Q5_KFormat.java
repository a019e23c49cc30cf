package io.specoffload.backend.cpu;

import io.specoffload.tensor.DType;

/**
 * Super-blocks of 256 as in {@link Q4_KFormat}, with 32 bytes of fifth bits between scales and nibbles: byte i holds those
 * of element i of all eight sub-blocks of 32, sub-block 0 lowest.
 */
final class Q5_KFormat implements WeightFormat {

    @Override
    public DType type() {
        return DType.Q5_K;
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
                long nibbles = block + 48 + 32 * (sub >>> 1);
                int shift = 4 * (sub & 1);
                for (int i = 0; i < 32; i++) {
                    int low = Memory.unsignedByteAt(nibbles + i) >>> shift & 15;
                    int fifth = Memory.unsignedByteAt(block + 16 + i) >>> sub & 1;
                    out[offset + k + 32 * sub + i] = scale * (low | fifth << 4) - minimum;
                }
            }
            block += 176;
        }
    }
}
