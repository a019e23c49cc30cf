package io.specoffload.backend.cpu.vector;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.tensor.DType;

/** See the scalar format for the layout. */
final class Iq4_NLVector implements VectorFormat {

    @Override
    public DType type() {
        return DType.IQ4_NL;
    }

    @Override
    public void pack(long address, int elements, float[] out, int offset, int groupStride, int vectorStride) {
        long block = address;
        for (int k = 0; k < elements; k += 32) {
            TableLookup.NON_LINEAR.decode32(
                    block + 2, Memory.halfAt(block), out, offset + k / 32 * groupStride, vectorStride);
            block += 18;
        }
    }
}
