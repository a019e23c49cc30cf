package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.L;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.tensor.DType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** See the scalar format for the layout. */
final class Q6_KVector implements DirectFormat {

    @Override
    public DType type() {
        return DType.Q6_K;
    }

    @Override
    public void pack(long address, int elements, float[] out, int offset, int groupStride, int vectorStride) {
        long block = address;
        for (int k = 0; k < elements; k += 256) {
            float d = Memory.halfAt(block + 208);
            for (int half = 0; half < 2; half++) {
                int at = offset + (k / 32 + 4 * half) * groupStride;
                decodeHalf(
                        block + 64L * half,
                        block + 128 + 32L * half,
                        block + 192 + 8L * half,
                        d,
                        out,
                        at,
                        groupStride,
                        vectorStride);
            }
            block += 210;
        }
    }

    /** One small loop body: with all four groups written out the compiler stops inlining, and vectors become objects. */
    private static void decodeHalf(
            long low, long high, long scales, float d, float[] out, int offset, int groupStride, int vectorStride) {
        for (int i = 0; i < 32; i += Lanes.L) {
            IntVector upper = Lanes.unsignedBytes(high + i);
            for (int group = 0; group < 2; group++) {
                IntVector nibbles = Lanes.unsignedBytes(low + 32L * group + i);
                IntVector first = nibbles.and(15)
                        .or(Lanes.left(Lanes.right(upper, 2 * group).and(3), 4));
                IntVector third = Lanes.right(nibbles, 4)
                        .or(Lanes.left(Lanes.right(upper, 2 * group + 4).and(3), 4));
                long scale = scales + 2 * group + (i >> 4);
                int at = offset + group * groupStride + i / L * vectorStride;
                Lanes.toFloat(first.sub(32)).mul(d * Memory.byteAt(scale)).intoArray(out, at);
                Lanes.toFloat(third.sub(32)).mul(d * Memory.byteAt(scale + 4)).intoArray(out, at + 2 * groupStride);
            }
        }
    }

    /** Per super-block: 16 scales. */
    @Override
    public void prepare(long row, int columns, float[] scales, int offset) {
        SuperBlockScales.signedScales(row, columns / 256, scales, offset);
    }

    @Override
    public FloatVector weights(long row, int group, int step, float[] scales, int offset) {
        int block = group >> 3;
        int part = group & 7;
        long half = row + 210L * block + step * L;
        IntVector upper = Lanes.unsignedBytes(half + 128 + 32 * (part >> 2));
        IntVector low = Lanes.unsignedBytes(half + 64 * (part >> 2) + 32 * (part & 1));
        IntVector q = Lanes.right(low, 2 * (part & 2))
                .and(15)
                .or(Lanes.left(Lanes.right(upper, 2 * (part & 3)).and(3), 4));
        return Lanes.toFloat(q.sub(32)).mul(scales[offset + 16 * block + 2 * part + (step * L >> 4)]);
    }
}
