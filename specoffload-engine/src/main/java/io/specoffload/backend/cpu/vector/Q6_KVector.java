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

    private static void decodeHalf(long low, long high, long scales, float d, float[] out, int offset) {
        for (int i = 0; i < 32; i += Lanes.L) {
            IntVector a = Lanes.unsignedBytes(low + i);
            IntVector b = Lanes.unsignedBytes(low + 32 + i);
            IntVector h = Lanes.unsignedBytes(high + i);
            long scale = scales + (i >> 4);
            store(a.and(15), h.and(3), scale, d, out, offset + i);
            store(b.and(15), Lanes.right(h, 2).and(3), scale + 2, d, out, offset + 32 + i);
            store(Lanes.right(a, 4), Lanes.right(h, 4).and(3), scale + 4, d, out, offset + 64 + i);
            store(Lanes.right(b, 4), Lanes.right(h, 6), scale + 6, d, out, offset + 96 + i);
        }
    }

    private static void store(IntVector low, IntVector high, long scale, float d, float[] out, int offset) {
        IntVector q = low.or(Lanes.left(high, 4)).sub(32);
        Lanes.toFloat(q).mul(d * Memory.byteAt(scale)).intoArray(out, offset);
    }
}
