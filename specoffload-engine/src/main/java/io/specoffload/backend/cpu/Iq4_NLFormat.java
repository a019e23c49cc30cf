package io.specoffload.backend.cpu;

import io.specoffload.tensor.DType;

/**
 * Blocks of 32: a float16 scale d, then 16 bytes; byte i holds element i in its low nibble and element 16 + i in its high
 * nibble; the value is d times the table's entry.
 */
final class Iq4_NLFormat implements WeightFormat {

    @Override
    public DType type() {
        return DType.IQ4_NL;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        long block = address;
        for (int k = 0; k < elements; k += 32) {
            float d = Memory.halfAt(block);
            for (int i = 0; i < 16; i++) {
                int q = Memory.unsignedByteAt(block + 2 + i);
                out[offset + k + i] = d * FourBitTables.nonLinear(q & 15);
                out[offset + k + 16 + i] = d * FourBitTables.nonLinear(q >>> 4);
            }
            block += 18;
        }
    }
}
