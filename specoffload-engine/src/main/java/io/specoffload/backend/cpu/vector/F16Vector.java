package io.specoffload.backend.cpu.vector;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.tensor.DType;

/** IEEE 754 binary16. */
final class F16Vector implements VectorFormat {

    @Override
    public DType type() {
        return DType.F16;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        int whole = elements & -Lanes.L;
        for (int k = 0; k < whole; k += Lanes.L) {
            Halves.load(address + 2L * k).intoArray(out, offset + k);
        }
        for (int k = whole; k < elements; k++) {
            out[offset + k] = Memory.halfAt(address + 2L * k);
        }
    }
}
