package io.specoffload.backend.cpu;

import io.specoffload.tensor.DType;

/**
 * Blocks of 32 of the OCP Microscaling format: an exponent byte x, then 16 bytes; byte i holds element i in its low nibble
 * and element 16 + i in its high nibble, each a float of one sign, two exponent and one mantissa bit; the value is
 * 2^(x - 127) times it. The table holds doubled numbers, hence 2^(x - 128) here.
 */
final class Mxfp4Format implements WeightFormat {

    @Override
    public DType type() {
        return DType.MXFP4;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        long block = address;
        for (int k = 0; k < elements; k += 32) {
            float d = FourBitTables.halfPowerOfTwo(Memory.unsignedByteAt(block));
            for (int i = 0; i < 16; i++) {
                int q = Memory.unsignedByteAt(block + 1 + i);
                out[offset + k + i] = d * FourBitTables.doubledFp4(q & 15);
                out[offset + k + 16 + i] = d * FourBitTables.doubledFp4(q >>> 4);
            }
            block += 17;
        }
    }
}
