package io.specoffload.backend.cpu;

import io.specoffload.tensor.DType;

/**
 * Super-blocks of 256: a float16 scale d, two bytes of upper scale bits, four bytes of low scale nibbles, then 128 bytes:
 * 8 groups of 32 in 16 bytes each, of which byte i holds element i in its low nibble and element 16 + i in its high
 * nibble. Scale s of group g has nibble g of the four bytes as low and bit pair g of the two as upper bits; the value is
 * d * (s - 32) times the table's entry.
 */
final class Iq4_XSFormat implements WeightFormat {

    @Override
    public DType type() {
        return DType.IQ4_XS;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        long block = address;
        for (int k = 0; k < elements; k += 256) {
            float d = Memory.halfAt(block);
            for (int group = 0; group < 8; group++) {
                float scale = d * (SuperBlocks.scaleOfNibbles(block + 2, group) - 32);
                for (int i = 0; i < 16; i++) {
                    int q = Memory.unsignedByteAt(block + 8 + 16 * group + i);
                    out[offset + k + 32 * group + i] = scale * FourBitTables.nonLinear(q & 15);
                    out[offset + k + 32 * group + 16 + i] = scale * FourBitTables.nonLinear(q >>> 4);
                }
            }
            block += 136;
        }
    }
}
