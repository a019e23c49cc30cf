package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.L;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.backend.cpu.SuperBlocks;
import io.specoffload.tensor.DType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** See the scalar format for the layout. */
final class Q5_KVector implements DirectFormat {

    @Override
    public DType type() {
        return DType.Q5_K;
    }

    @Override
    public void pack(long address, int elements, float[] out, int offset, int groupStride, int vectorStride) {
        long block = address;
        for (int k = 0; k < elements; k += 256) {
            float d = Memory.halfAt(block);
            float e = Memory.halfAt(block + 2);
            long scales = SuperBlocks.scales8(block + 4);
            long minimums = SuperBlocks.minimums8(block + 4);
            for (int pair = 0; pair < 4; pair++) {
                float lowScale = d * SuperBlocks.at(scales, 2 * pair);
                float lowMinimum = e * SuperBlocks.at(minimums, 2 * pair);
                float highScale = d * SuperBlocks.at(scales, 2 * pair + 1);
                float highMinimum = e * SuperBlocks.at(minimums, 2 * pair + 1);
                int at = offset + (k / 32 + 2 * pair) * groupStride;
                for (int i = 0; i < 32; i += Lanes.L) {
                    IntVector q = Lanes.unsignedBytes(block + 48 + 32L * pair + i);
                    IntVector fifth = Lanes.right(Lanes.unsignedBytes(block + 16 + i), 2 * pair);
                    IntVector low = q.and(15).or(Lanes.left(fifth.and(1), 4));
                    IntVector high = Lanes.right(q, 4).or(Lanes.left(fifth.and(2), 3));
                    Lanes.toFloat(low).mul(lowScale).sub(lowMinimum).intoArray(out, at + i / L * vectorStride);
                    Lanes.toFloat(high)
                            .mul(highScale)
                            .sub(highMinimum)
                            .intoArray(out, at + groupStride + i / L * vectorStride);
                }
            }
            block += 176;
        }
    }

    @Override
    public boolean isUnpacked() {
        return Lanes.STEPS <= 4;
    }

    @Override
    public void unpack(long address, int columns, Scratch scratch) {
        scratch.unpacked(columns);
        SuperBlockScales.scalesAndMinimums(address, 176, columns / 256, scratch.scales, scratch.minimums);
        for (int pair = 0; pair < columns / 64; pair++) {
            long block = address + 176L * (pair >> 2);
            int part = pair & 3;
            int at = 64 * pair;
            for (int i = 0; i < 32; i += Packed.BYTES) {
                IntVector q = Packed.load(block + 48 + 32 * part + i);
                IntVector fifth = Packed.right(Packed.load(block + 16 + i), 2 * part, 3);
                IntVector low = Packed.and(q, 15).or(Packed.left(fifth, 4, 16));
                IntVector high = Packed.right(q, 4, 15).or(Packed.left(fifth, 3, 16));
                Packed.store(low, scratch.bytes, at + i);
                Packed.store(high, scratch.bytes, at + 32 + i);
            }
        }
    }

    @Override
    public float dot(long address, int columns, float[] x, Scratch scratch) {
        return Lanes.STEPS <= 4
                ? ByteLoops.dotShifted(scratch.bytes, 5, scratch.scales, scratch.minimums, columns, x)
                : DirectFormat.super.dot(address, columns, x, scratch);
    }

    @Override
    public boolean isPrepared() {
        return true;
    }

    /** Per super-block: 8 scales, 8 minimums. */
    @Override
    public void prepare(long first, long second, int columns, float[] scales, int offset, int secondOffset) {
        SuperBlockScales.interleaved(first, 176, columns / 256, scales, offset);
        SuperBlockScales.interleaved(second, 176, columns / 256, scales, secondOffset);
    }

    @Override
    public int groupBytes() {
        return 0;
    }

    @Override
    public FloatVector weights(long row, int group, int step, float scale, float[] scales, int offset) {
        int block = group >> 3;
        int part = group & 7;
        long address = row + 176L * block + 16 + step * L;
        IntVector fifth = Lanes.right(Lanes.unsignedBytes(address), part).and(1);
        IntVector q = Lanes.unsignedBytes(address + 32 + 32 * (part >> 1));
        int at = offset + 16 * block + part;
        return Lanes.toFloat(Lanes.right(q, 4 * (part & 1)).and(15).or(Lanes.left(fifth, 4)))
                .mul(scales[at])
                .sub(scales[at + 8]);
    }
}
