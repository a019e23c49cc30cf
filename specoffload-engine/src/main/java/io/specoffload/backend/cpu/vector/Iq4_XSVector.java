package io.specoffload.backend.cpu.vector;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.backend.cpu.SuperBlocks;
import io.specoffload.tensor.DType;

/** See the scalar format for the layout. */
final class Iq4_XSVector implements VectorFormat {

    @Override
    public DType type() {
        return DType.IQ4_XS;
    }

    @Override
    public void pack(long address, int elements, float[] out, int offset, int groupStride, int vectorStride) {
        long block = address;
        for (int k = 0; k < elements; k += 256) {
            float d = Memory.halfAt(block);
            for (int group = 0; group < 8; group++) {
                float scale = d * (SuperBlocks.scaleOfNibbles(block + 2, group) - 32);
                TableLookup.NON_LINEAR.decode32(
                        block + 8 + 16L * group, scale, out, offset + (k / 32 + group) * groupStride, vectorStride);
            }
            block += 136;
        }
    }
}
