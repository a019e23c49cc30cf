package io.specoffload.backend.cpu;

import io.specoffload.tensor.DType;

/**
 * Blocks of 32 of the OCP Microscaling specification: a byte e, the exponent of the scale 2^(e - 127), then 16 bytes of
 * low nibbles (elements 0-15) and high nibbles (elements 16-31), each a 4-bit float E2M1: sign, two bits of exponent, one
 * of mantissa. The table holds twice the values, the scale is halved.
 */
final class MXFP4Format implements WeightFormat {

    private static final byte[] DOUBLED = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

    @Override
    public DType type() {
        return DType.MXFP4;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        long block = address;
        for (int k = 0; k < elements; k += 32) {
            float half = Math.scalb(1f, Memory.unsignedByteAt(block) - 128);
            for (int i = 0; i < 16; i++) {
                int q = Memory.unsignedByteAt(block + 1 + i);
                out[offset + k + i] = half * DOUBLED[q & 15];
                out[offset + k + 16 + i] = half * DOUBLED[q >>> 4];
            }
            block += 17;
        }
    }
}
