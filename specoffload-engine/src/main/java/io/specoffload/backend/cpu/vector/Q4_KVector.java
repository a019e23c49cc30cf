package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;
import static io.specoffload.backend.cpu.vector.Lanes.L;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.backend.cpu.SuperBlocks;
import io.specoffload.tensor.DType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** See the scalar format for the layout. */
final class Q4_KVector implements DirectFormat {

    private static final FloatVector NUMBERS =
            Lanes.toFloat(IntVector.zero(Lanes.I).addIndex(1));

    @Override
    public DType type() {
        return DType.Q4_K;
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
                    IntVector q = Lanes.unsignedBytes(block + 16 + 32L * pair + i);
                    Lanes.toFloat(q.and(15)).mul(lowScale).sub(lowMinimum).intoArray(out, at + i / L * vectorStride);
                    Lanes.toFloat(Lanes.right(q, 4))
                            .mul(highScale)
                            .sub(highMinimum)
                            .intoArray(out, at + groupStride + i / L * vectorStride);
                }
            }
            block += 144;
        }
    }

    @Override
    public boolean isUnpacked() {
        return Lanes.STEPS <= 4;
    }

    @Override
    public void unpack(long address, int columns, Scratch scratch) {
        scratch.unpacked(columns);
        SuperBlockScales.scalesAndMinimums(address, 144, columns / 256, scratch.scales, scratch.minimums);
        if (L < 16) {
            for (int pair = 0; pair < columns / 64; pair++) {
                long source = address + 144L * (pair >> 2) + 16 + 32 * (pair & 3);
                int at = 64 * pair;
                for (int i = 0; i < 32; i += Packed.BYTES) {
                    IntVector q = Packed.load(source + i);
                    Packed.store(Packed.and(q, 15), scratch.bytes, at + i);
                    Packed.store(Packed.right(q, 4, 15), scratch.bytes, at + 32 + i);
                }
            }
        }
    }

    @Override
    public float dot(long address, int columns, float[] x, Scratch scratch) {
        if (Lanes.STEPS > 4) {
            return DirectFormat.super.dot(address, columns, x, scratch);
        }
        return L == 16
                ? lookUp(address, scratch.scales, scratch.minimums, columns, x)
                : ByteLoops.dotShifted(scratch.bytes, 5, scratch.scales, scratch.minimums, columns, x);
    }

    /**
     * The 16 values that the weights of a group can have are computed as one vector, in which nibbles are looked up. One
     * loop over the pairs of groups of the row: nested loops over super-blocks are half as fast.
     */
    private static float lookUp(long address, float[] scales, float[] minimums, int columns, float[] x) {
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        for (int group = 0; group < columns / 32; group += 2) {
            long source = address + 144L * (group >> 3) + 16 + 16 * (group & 7);
            int k = 32 * group;
            IntVector low = NUMBERS.mul(scales[group]).sub(minimums[group]).reinterpretAsInts();
            IntVector high =
                    NUMBERS.mul(scales[group + 1]).sub(minimums[group + 1]).reinterpretAsInts();
            IntVector q = Lanes.unsignedBytes(source);
            IntVector r = Lanes.unsignedBytes(source + L);
            a = at(low, q).fma(FloatVector.fromArray(F, x, k), a);
            b = at(low, r).fma(FloatVector.fromArray(F, x, k + L), b);
            a = at(high, Lanes.right(q, 4)).fma(FloatVector.fromArray(F, x, k + 32), a);
            b = at(high, Lanes.right(r, 4)).fma(FloatVector.fromArray(F, x, k + 32 + L), b);
        }
        return Lanes.sum(a.add(b));
    }

    /** Of each index the lowest four bits count. */
    private static FloatVector at(IntVector table, IntVector indices) {
        return indices.selectFrom(table).reinterpretAsFloats();
    }

    @Override
    public boolean isPrepared() {
        return true;
    }

    /** Per super-block: 8 scales, 8 minimums. */
    @Override
    public void prepare(long row, int columns, float[] scales, int offset) {
        SuperBlockScales.interleaved(row, 144, columns / 256, scales, offset);
    }

    @Override
    public int groupBytes() {
        return 0;
    }

    @Override
    public FloatVector weights(long row, int group, int step, float scale, float[] scales, int offset) {
        int block = group >> 3;
        int part = group & 7;
        IntVector q = Lanes.unsignedBytes(row + 144L * block + 16 + 32 * (part >> 1) + step * L);
        int at = offset + 16 * block + part;
        return Lanes.toFloat(Lanes.right(q, 4 * (part & 1)).and(15))
                .mul(scales[at])
                .sub(scales[at + 8]);
    }
}
