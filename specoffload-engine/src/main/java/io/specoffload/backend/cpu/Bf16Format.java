package io.specoffload.backend.cpu;

import io.specoffload.tensor.DType;

/** bfloat16: the upper half of a float32. */
final class Bf16Format implements WeightFormat {

    @Override
    public DType type() {
        return DType.BF16;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        for (int i = 0; i < elements; i++) {
            out[offset + i] = Float.intBitsToFloat(Memory.shortAt(address + 2L * i) << 16);
        }
    }
}
