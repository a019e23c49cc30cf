package io.specoffload.backend.cpu;

import io.specoffload.tensor.DType;

/**
 * Blocks of 32: a float16 scale d, 32 bits of which bit i is element i's fifth bit, then 16 bytes; byte i holds element
 * i's other bits in its low nibble and element 16 + i's in its high nibble; the value is d * (q - 16).
 */
final class Q5_0Format implements WeightFormat {

    @Override
    public DType type() {
        return DType.Q5_0;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        long block = address;
        for (int k = 0; k < elements; k += 32) {
            float d = Memory.halfAt(block);
            int fifth = Memory.intAt(block + 2);
            for (int i = 0; i < 16; i++) {
                int q = Memory.unsignedByteAt(block + 6 + i);
                out[offset + k + i] = d * ((q & 15 | (fifth >>> i & 1) << 4) - 16);
                out[offset + k + 16 + i] = d * ((q >>> 4 | (fifth >>> 16 + i & 1) << 4) - 16);
            }
            block += 22;
        }
    }
}
