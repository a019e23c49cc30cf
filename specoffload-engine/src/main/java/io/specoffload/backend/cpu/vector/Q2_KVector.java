package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.L;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.tensor.DType;
import jdk.incubator.vector.IntVector;

/** See the scalar format for the layout. */
final class Q2_KVector implements VectorFormat {

    @Override
    public DType type() {
        return DType.Q2_K;
    }

    @Override
    public void pack(long address, int elements, float[] out, int offset, int groupStride, int vectorStride) {
        long block = address;
        for (int k = 0; k < elements; k += 256) {
            float d = Memory.halfAt(block + 80);
            float e = Memory.halfAt(block + 82);
            for (int i = 0; i < 256; i += 128) {
                decodeHalf(
                        block + i / 16,
                        block + 16 + i / 4,
                        d,
                        e,
                        out,
                        offset + (k + i) / 32 * groupStride,
                        groupStride,
                        vectorStride);
            }
            block += 84;
        }
    }

    private static void decodeHalf(
            long scales, long packed, float d, float e, float[] out, int offset, int groupStride, int vectorStride) {
        for (int i = 0; i < 32; i += Lanes.L) {
            IntVector q = Lanes.unsignedBytes(packed + i);
            for (int group = 0; group < 4; group++) {
                int scale = Memory.unsignedByteAt(scales + 2 * group + (i >> 4));
                Lanes.toFloat(Lanes.right(q, 2 * group).and(3))
                        .mul(d * (scale & 15))
                        .sub(e * (scale >>> 4))
                        .intoArray(out, offset + group * groupStride + i / L * vectorStride);
            }
        }
    }

    @Override
    public boolean isUnpacked() {
        return Lanes.STEPS <= 4;
    }

    @Override
    public void unpack(long address, int columns, Scratch scratch) {
        scratch.unpacked(columns);
        SuperBlockScales.nibbleScales(address, columns / 256, scratch.scales, scratch.minimums);
        for (int half = 0; half < columns / 128; half++) {
            long source = address + 84L * (half >> 1) + 16 + 32 * (half & 1);
            int at = 128 * half;
            for (int i = 0; i < 32; i += Packed.BYTES) {
                IntVector q = Packed.load(source + i);
                Packed.store(Packed.and(q, 3), scratch.bytes, at + i);
                Packed.store(Packed.right(q, 2, 3), scratch.bytes, at + 32 + i);
                Packed.store(Packed.right(q, 4, 3), scratch.bytes, at + 64 + i);
                Packed.store(Packed.right(q, 6, 3), scratch.bytes, at + 96 + i);
            }
        }
    }

    @Override
    public float dot(long address, int columns, float[] x, Scratch scratch) {
        return Lanes.STEPS <= 4
                ? ByteLoops.dotShifted(scratch.bytes, 4, scratch.scales, scratch.minimums, columns, x)
                : VectorFormat.super.dot(address, columns, x, scratch);
    }
}
