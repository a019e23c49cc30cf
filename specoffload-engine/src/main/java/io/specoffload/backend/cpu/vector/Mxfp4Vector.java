package io.specoffload.backend.cpu.vector;

import io.specoffload.backend.cpu.FourBitTables;
import io.specoffload.backend.cpu.Memory;
import io.specoffload.tensor.DType;

/** See the scalar format for the layout. */
final class Mxfp4Vector implements VectorFormat {

    @Override
    public DType type() {
        return DType.MXFP4;
    }

    @Override
    public void pack(long address, int elements, float[] out, int offset, int groupStride, int vectorStride) {
        long block = address;
        for (int k = 0; k < elements; k += 32) {
            float d = FourBitTables.halfPowerOfTwo(Memory.unsignedByteAt(block));
            TableLookup.FP4.decode32(block + 1, d, out, offset + k / 32 * groupStride, vectorStride);
            block += 17;
        }
    }
}
