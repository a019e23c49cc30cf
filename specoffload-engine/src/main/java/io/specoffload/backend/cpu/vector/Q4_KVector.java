package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;
import static io.specoffload.backend.cpu.vector.Lanes.L;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHR;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.backend.cpu.SuperBlocks;
import io.specoffload.tensor.DType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** See the scalar format for the layout. */
final class Q4_KVector implements NibbleFormat {

    private static final FloatVector NUMBERS =
            Lanes.toFloat(IntVector.zero(Lanes.I).addIndex(1));

    @Override
    public DType type() {
        return DType.Q4_K;
    }

    @Override
    public void pack(long address, int elements, float[] out, int offset, int groupStride, int vectorStride) {
        if (L == 16) {
            packByLookUp(address, elements, out, offset, groupStride, vectorStride);
            return;
        }
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

    /**
     * The 16 values that the weights of a group can have are computed as one vector, in which nibbles are looked up: of an index the lowest four bits count. The
     * super-block's scales and minimums stay in a register.
     */
    private static void packByLookUp(
            long address, int elements, float[] out, int offset, int groupStride, int vectorStride) {
        IntVector scales = IntVector.zero(Lanes.I);
        int at = offset;
        for (int k = 0; k < elements; k += 64) {
            int part = k >> 5 & 7;
            long block = address + 144L * (k >> 8);
            if (part == 0) {
                scales = SuperBlockScales.both(block).reinterpretAsInts();
            }
            long source = block + 16 + 16 * part;
            IntVector low =
                    NUMBERS.mul(lane(scales, part)).sub(lane(scales, part + 8)).reinterpretAsInts();
            IntVector high = NUMBERS.mul(lane(scales, part + 1))
                    .sub(lane(scales, part + 9))
                    .reinterpretAsInts();
            IntVector q = Lanes.unsignedBytes(source);
            IntVector r = Lanes.unsignedBytes(source + L);
            q.selectFrom(low).reinterpretAsFloats().intoArray(out, at);
            r.selectFrom(low).reinterpretAsFloats().intoArray(out, at + vectorStride);
            at += groupStride;
            q.lanewise(LSHR, 4).selectFrom(high).reinterpretAsFloats().intoArray(out, at);
            r.lanewise(LSHR, 4).selectFrom(high).reinterpretAsFloats().intoArray(out, at + vectorStride);
            at += groupStride;
        }
    }

    /** One lane in all lanes. */
    private static FloatVector lane(IntVector v, int lane) {
        return IntVector.broadcast(Lanes.I, lane).selectFrom(v).reinterpretAsFloats();
    }

    @Override
    public boolean isUnpacked() {
        return L >= 8;
    }

    /** With 16 lanes nothing: a row without another one is decoded. */
    @Override
    public void unpack(long address, int columns, Scratch scratch) {
        if (L == 16) {
            return;
        }
        scratch.unpacked(columns);
        for (int b = 0; b < columns / 256; b++) {
            long block = address + 144L * b;
            SuperBlockScales.scalesAndNegativeMinimums(block, scratch.bytes, scratch.scales, scratch.minimums, 8 * b);
        }
    }

    @Override
    public void unpackPair(long first, long second, int columns, Scratch scratch) {
        scratch.unpacked(columns);
        SuperBlockScales.forRawNibbles(first, second, 144, columns / 256, scratch.scales, 0, columns / 16);
    }

    /**
     * With 8 lanes: nibbles are taken apart in registers, 64 weights at a time. A product of a nibble and a scale is exact, so that a fused
     * multiply-add gives the same weight as a product and a difference.
     */
    @Override
    public float dot(long address, int columns, float[] x, Scratch scratch) {
        if (L != 8) {
            return NibbleFormat.super.dot(address, columns, x, scratch);
        }
        float[] scales = scratch.scales;
        float[] minimums = scratch.minimums;
        float[] sums = scratch.partial;
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        for (int pair = 0; pair < columns / 64; pair++) {
            long source = address + 144L * (pair >> 2) + 16 + 32 * (pair & 3);
            int k = 64 * pair;
            IntVector q0 = Lanes.unsignedBytes(source);
            IntVector q1 = Lanes.unsignedBytes(source + 8);
            IntVector q2 = Lanes.unsignedBytes(source + 16);
            IntVector q3 = Lanes.unsignedBytes(source + 24);
            FloatVector scale = FloatVector.broadcast(F, scales[2 * pair]);
            FloatVector minimum = FloatVector.broadcast(F, minimums[2 * pair]);
            a0 = ((FloatVector) q0.and(15).convert(I2F, 0))
                    .mul(scale)
                    .add(minimum)
                    .fma(FloatVector.fromArray(F, x, k), a0);
            a1 = ((FloatVector) q1.and(15).convert(I2F, 0))
                    .mul(scale)
                    .add(minimum)
                    .fma(FloatVector.fromArray(F, x, k + 8), a1);
            a2 = ((FloatVector) q2.and(15).convert(I2F, 0))
                    .mul(scale)
                    .add(minimum)
                    .fma(FloatVector.fromArray(F, x, k + 16), a2);
            a3 = ((FloatVector) q3.and(15).convert(I2F, 0))
                    .mul(scale)
                    .add(minimum)
                    .fma(FloatVector.fromArray(F, x, k + 24), a3);
            scale = FloatVector.broadcast(F, scales[2 * pair + 1]);
            minimum = FloatVector.broadcast(F, minimums[2 * pair + 1]);
            a0 = ((FloatVector) q0.lanewise(LSHR, 4).convert(I2F, 0))
                    .mul(scale)
                    .add(minimum)
                    .fma(FloatVector.fromArray(F, x, k + 32), a0);
            a1 = ((FloatVector) q1.lanewise(LSHR, 4).convert(I2F, 0))
                    .mul(scale)
                    .add(minimum)
                    .fma(FloatVector.fromArray(F, x, k + 40), a1);
            a2 = ((FloatVector) q2.lanewise(LSHR, 4).convert(I2F, 0))
                    .mul(scale)
                    .add(minimum)
                    .fma(FloatVector.fromArray(F, x, k + 48), a2);
            a3 = ((FloatVector) q3.lanewise(LSHR, 4).convert(I2F, 0))
                    .mul(scale)
                    .add(minimum)
                    .fma(FloatVector.fromArray(F, x, k + 56), a3);
        }
        a0.add(a2).add(a1.add(a3)).intoArray(sums, 0);
        return Lanes.sum(sums, 0);
    }

    @Override
    public boolean isPaired() {
        return L == 16;
    }

    /**
     * Nibbles are used where they are, see {@link RawIntegers}. One loop over the pairs of groups of the rows: nested loops over super-blocks are half as
     * fast. Methods of ours come first, since the compiler stops inlining others than the Vector API's behind a number of operations.
     */
    @Override
    public void dots(long first, long second, int columns, float[] x, Scratch scratch, float[] out) {
        float[] scales = scratch.scales;
        int row = columns / 16;
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a, c = a, d = a;
        for (int i = 0; i < columns / 64; i++) {
            long source = 144L * (i >> 2) + 16 + 32 * (i & 3);
            IntVector q = Lanes.unsignedBytes(first + source);
            IntVector r = Lanes.unsignedBytes(first + source + L);
            IntVector s = Lanes.unsignedBytes(second + source);
            IntVector t = Lanes.unsignedBytes(second + source + L);
            FloatVector q0 = RawIntegers.of(q.and(15));
            FloatVector q1 = RawIntegers.of(q.and(240));
            FloatVector r0 = RawIntegers.of(r.and(15));
            FloatVector r1 = RawIntegers.of(r.and(240));
            FloatVector s0 = RawIntegers.of(s.and(15));
            FloatVector s1 = RawIntegers.of(s.and(240));
            FloatVector t0 = RawIntegers.of(t.and(15));
            FloatVector t1 = RawIntegers.of(t.and(240));
            FloatVector u = FloatVector.fromArray(F, x, 64 * i);
            FloatVector v = FloatVector.fromArray(F, x, 64 * i + L);
            FloatVector scale = FloatVector.broadcast(F, scales[4 * i]);
            FloatVector minimum = FloatVector.broadcast(F, scales[4 * i + 2]);
            a = q0.fma(scale, minimum).fma(u, a);
            b = r0.fma(scale, minimum).fma(v, b);
            scale = FloatVector.broadcast(F, scales[row + 4 * i]);
            minimum = FloatVector.broadcast(F, scales[row + 4 * i + 2]);
            c = s0.fma(scale, minimum).fma(u, c);
            d = t0.fma(scale, minimum).fma(v, d);
            u = FloatVector.fromArray(F, x, 64 * i + 32);
            v = FloatVector.fromArray(F, x, 64 * i + 32 + L);
            scale = FloatVector.broadcast(F, scales[4 * i + 1]);
            minimum = FloatVector.broadcast(F, scales[4 * i + 3]);
            a = q1.fma(scale, minimum).fma(u, a);
            b = r1.fma(scale, minimum).fma(v, b);
            scale = FloatVector.broadcast(F, scales[row + 4 * i + 1]);
            minimum = FloatVector.broadcast(F, scales[row + 4 * i + 3]);
            c = s1.fma(scale, minimum).fma(u, c);
            d = t1.fma(scale, minimum).fma(v, d);
        }
        a.add(b).intoArray(out, 0);
        c.add(d).intoArray(out, L);
        float sum = Lanes.sum(out, 0);
        out[1] = Lanes.sum(out, L) * RawIntegers.RESULT;
        out[0] = sum * RawIntegers.RESULT;
    }

    @Override
    public boolean isPrepared() {
        return true;
    }

    /** With 16 lanes as {@link #dots} wants it, else per super-block 8 scales and 8 minimums. */
    @Override
    public void prepare(long first, long second, int columns, float[] scales, int offset, int secondOffset) {
        if (L == 16) {
            SuperBlockScales.forRawNibbles(first, second, 144, columns / 256, scales, offset, secondOffset);
        } else {
            SuperBlockScales.interleaved(first, 144, columns / 256, scales, offset);
            SuperBlockScales.interleaved(second, 144, columns / 256, scales, secondOffset);
        }
    }

    @Override
    public int lightColumns() {
        return L == 16 ? 4 : 0;
    }

    @Override
    public float factor() {
        return L == 16 ? RawIntegers.RESULT : 1;
    }

    @Override
    public int groupBytes() {
        return 0;
    }

    /** For fewer than 16 lanes. */
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

    @Override
    public IntVector nibbles(long row, int group, int step) {
        return Lanes.unsignedBytes(row + 144L * (group >> 3) + 16 + 16 * (group & 7) + step * L);
    }
}
