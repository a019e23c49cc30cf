package io.specoffload.backend.cpu;

import io.specoffload.tensor.DType;

/** Plain float32. */
final class F32Format implements WeightFormat {

    @Override
    public DType type() {
        return DType.F32;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        for (int i = 0; i < elements; i++) {
            out[offset + i] = Memory.floatAt(address + 4L * i);
        }
    }
}
