package io.specoffload.backend.cpu;

import io.specoffload.tensor.DType;

/**
 * Blocks of 32: a float16 scale d, then 16 bytes of low nibbles (elements 0-15) and high nibbles (elements 16-31); the
 * value is d * level(q), levels being unevenly spaced, see {@link NonLinear4}.
 */
final class IQ4_NLFormat implements WeightFormat {

    @Override
    public DType type() {
        return DType.IQ4_NL;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        long block = address;
        for (int k = 0; k < elements; k += 32) {
            NonLinear4.decode(block + 2, Memory.halfAt(block), out, offset + k);
            block += 18;
        }
    }
}
