package io.specoffload.backend.cpu;

import io.specoffload.tensor.DType;

/** IEEE 754 binary16. */
final class F16Format implements WeightFormat {

    @Override
    public DType type() {
        return DType.F16;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        for (int i = 0; i < elements; i++) {
            out[offset + i] = Memory.halfAt(address + 2L * i);
        }
    }
}
