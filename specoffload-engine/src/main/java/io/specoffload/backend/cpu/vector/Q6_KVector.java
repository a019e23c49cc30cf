package io.specoffload.backend.cpu.vector;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.tensor.DType;
import jdk.incubator.vector.IntVector;

/** See the scalar format for the layout. */
final class Q6_KVector implements VectorFormat {

    @Override
    public DType type() {
        return DType.Q6_K;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        long block = address;
        for (int k = 0; k < elements; k += 256) {
            float d = Memory.halfAt(block + 208);
            for (int half = 0; half < 2; half++) {
                int at = offset + k + 128 * half;
                decodeHalf(block + 64L * half, block + 128 + 32L * half, block + 192 + 8L * half, d, out, at);
            }
            block += 210;
        }
    }

    /** One small loop body: with all four groups written out the compiler stops inlining, and vectors become objects. */
    private static void decodeHalf(long low, long high, long scales, float d, float[] out, int offset) {
        for (int i = 0; i < 32; i += Lanes.L) {
            IntVector upper = Lanes.unsignedBytes(high + i);
            for (int group = 0; group < 2; group++) {
                IntVector nibbles = Lanes.unsignedBytes(low + 32L * group + i);
                IntVector first = nibbles.and(15)
                        .or(Lanes.left(Lanes.right(upper, 2 * group).and(3), 4));
                IntVector third = Lanes.right(nibbles, 4)
                        .or(Lanes.left(Lanes.right(upper, 2 * group + 4).and(3), 4));
                long scale = scales + 2 * group + (i >> 4);
                int at = offset + 32 * group + i;
                Lanes.toFloat(first.sub(32)).mul(d * Memory.byteAt(scale)).intoArray(out, at);
                Lanes.toFloat(third.sub(32)).mul(d * Memory.byteAt(scale + 4)).intoArray(out, at + 64);
            }
        }
    }
}
