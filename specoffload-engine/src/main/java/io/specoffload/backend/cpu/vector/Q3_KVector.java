package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.L;

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
    public void pack(long address, int elements, float[] out, int offset, int groupStride, int vectorStride) {
        long block = address;
        for (int k = 0; k < elements; k += 256) {
            float d = Memory.halfAt(block + 108);
            for (int half = 0; half < 2; half++) {
                long scales = SuperBlocks.scales16(block + 96, half);
                int at = offset + (k / 32 + 4 * half) * groupStride;
                decodeHalf(block, 4 * half, block + 32 + 32L * half, scales, d, out, at, groupStride, vectorStride);
            }
            block += 110;
        }
    }

    private static void decodeHalf(
            long thirdBits,
            int shift,
            long pairs,
            long scales,
            float d,
            float[] out,
            int offset,
            int groupStride,
            int vectorStride) {
        for (int i = 0; i < 32; i += Lanes.L) {
            IntVector third = Lanes.unsignedBytes(thirdBits + i);
            IntVector low = Lanes.unsignedBytes(pairs + i);
            for (int group = 0; group < 4; group++) {
                IntVector q = Lanes.right(low, 2 * group)
                        .and(3)
                        .or(Lanes.left(Lanes.right(third, shift + group).and(1), 2));
                float scale = d * (SuperBlocks.at(scales, 2 * group + (i >> 4)) - 32);
                Lanes.toFloat(q.sub(4)).mul(scale).intoArray(out, offset + group * groupStride + i / L * vectorStride);
            }
        }
    }
}
