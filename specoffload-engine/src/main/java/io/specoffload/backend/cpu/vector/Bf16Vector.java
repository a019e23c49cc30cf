package io.specoffload.backend.cpu.vector;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.tensor.DType;
import jdk.incubator.vector.VectorOperators;

/** bfloat16: the upper half of a float32. */
final class Bf16Vector implements VectorFormat {

    @Override
    public DType type() {
        return DType.BF16;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        int whole = elements & -Lanes.L;
        for (int k = 0; k < whole; k += Lanes.L) {
            Lanes.unsignedShorts(address + 2L * k)
                    .lanewise(VectorOperators.LSHL, 16)
                    .reinterpretAsFloats()
                    .intoArray(out, offset + k);
        }
        for (int k = whole; k < elements; k++) {
            out[offset + k] = Float.intBitsToFloat(Memory.shortAt(address + 2L * k) << 16);
        }
    }
}
