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

    @Override
    public boolean isUnpacked() {
        return Lanes.STEPS <= 4;
    }

    @Override
    public void unpack(long address, int columns, Scratch scratch, int row) {
        scratch.unpacked(columns);
        SuperBlockScales.signedScales(address, columns / 256, scratch.scales, 0);
        for (int run = 0; run < columns / 64; run++) {
            long block = address + 210L * (run >> 2);
            long low = block + 32 * (run & 3);
            long high = block + 128 + 16 * (run & 2);
            int bits = 2 * (run & 1);
            int at = 128 * (run >> 1) + 32 * (run & 1);
            for (int i = 0; i < 32; i += Packed.BYTES) {
                IntVector q = Packed.load(low + i);
                IntVector upper = Packed.right(Packed.load(high + i), bits, 0x33);
                Packed.store(Packed.and(q, 15).or(Packed.left(upper, 4, 48)), 32, scratch.bytes, at + i);
                Packed.store(Packed.right(q, 4, 15).or(Packed.and(upper, 48)), 32, scratch.bytes, at + 64 + i);
            }
        }
    }

    @Override
    public float dot(long address, int columns, float[] x, Scratch scratch) {
        return Lanes.STEPS <= 4
                ? ByteLoops.dotScaled(scratch.bytes, 4, scratch.scales, columns, x)
                : DirectFormat.super.dot(address, columns, x, scratch);
    }

    @Override
    public boolean isPrepared() {
        return true;
    }

    /** Per super-block: 16 scales. */
    @Override
    public void prepare(long row, int columns, float[] scales, int offset) {
        SuperBlockScales.signedScales(row, columns / 256, scales, offset);
    }

    @Override
    public int groupBytes() {
        return 0;
    }

    @Override
    public FloatVector weights(long row, int group, int step, float scale, float[] scales, int offset) {
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
