package io.specoffload.backend.cpu.vector;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.backend.cpu.SuperBlocks;
import io.specoffload.tensor.DType;
import jdk.incubator.vector.IntVector;

/** See the scalar format for the layout. */
final class Q3_KVector implements VectorFormat {

    @Override
    public DType type() {
        return DType.Q3_K;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        long block = address;
        for (int k = 0; k < elements; k += 256) {
            float d = Memory.halfAt(block + 108);
            for (int i = 0; i < 32; i += Lanes.L) {
                IntVector third = Lanes.unsignedBytes(block + i);
                for (int half = 0; half < 2; half++) {
                    IntVector pairs = Lanes.unsignedBytes(block + 32 + 32L * half + i);
                    for (int group = 0; group < 4; group++) {
                        int of8 = 4 * half + group;
                        IntVector q = Lanes.right(pairs, 2 * group)
                                .and(3)
                                .or(Lanes.left(Lanes.right(third, of8).and(1), 2));
                        float scale = d * (SuperBlocks.scale16(block + 96, 2 * of8 + (i >> 4)) - 32);
                        Lanes.toFloat(q.sub(4)).mul(scale).intoArray(out, offset + k + 32 * of8 + i);
                    }
                }
            }
            block += 110;
        }
    }
}
