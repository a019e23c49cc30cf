package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;
import static io.specoffload.backend.cpu.vector.Lanes.I;
import static io.specoffload.backend.cpu.vector.Lanes.L;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.backend.cpu.SuperBlocks;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.function.IntUnaryOperator;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** The scales and minimums of super-blocks as floats, products with the super-block's own. */
final class SuperBlockScales {

    /** For 16 lanes: scales in lanes 0-7 and minimums in 8-15, see {@link SuperBlocks#scales8}; the block starts 4 bytes before. */
    private static final IntVector PAIR_LOW = lanes(j -> 4 + (j & 3) + (j & 8) / 2);

    private static final IntVector PAIR_LOW_SHIFT = lanes(j -> (j & 4) / 2);
    private static final IntVector PAIR_LOW_MASK = lanes(j -> (j & 4) == 0 ? 0x3f : 0x30);
    private static final IntVector PAIR_HIGH = lanes(j -> 12 + (j & 3));
    private static final IntVector PAIR_HIGH_SHIFT = lanes(j -> (j & 8) / 2);
    private static final IntVector PAIR_HIGH_MASK = lanes(j -> (j & 4) == 0 ? 0 : 15);
    private static final IntVector SWAP_HALVES = lanes(j -> j ^ 8);
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final VectorMask<Float> MINIMUMS = VectorMask.fromLong(F, 0xff00L & (1L << L) - 1);

    private SuperBlockScales() {}

    private static IntVector lanes(IntUnaryOperator value) {
        int[] values = new int[L];
        for (int i = 0; i < L; i++) {
            values[i] = value.applyAsInt(i);
        }
        return IntVector.fromArray(I, values, 0);
    }

    /** Q4_K and Q5_K: 8 scales and 8 minimums per super-block, in arrays of their own. */
    static void scalesAndMinimums(long row, int blockBytes, int blocks, float[] scales, float[] minimums) {
        for (int b = 0; b < blocks; b++) {
            long block = row + (long) b * blockBytes;
            if (L == 16) {
                FloatVector all = both(block);
                // the next block's scales replace the upper half
                all.intoArray(scales, 8 * b);
                SWAP_HALVES
                        .selectFrom(all.reinterpretAsInts())
                        .reinterpretAsFloats()
                        .intoArray(minimums, 8 * b);
            } else {
                spread(SuperBlocks.scales8(block + 4), Memory.halfAt(block), scales, 8 * b);
                spread(SuperBlocks.minimums8(block + 4), Memory.halfAt(block + 2), minimums, 8 * b);
            }
        }
    }

    /** Q4_K and Q5_K: per super-block 8 scales, then 8 minimums. */
    static void interleaved(long row, int blockBytes, int blocks, float[] out, int offset) {
        for (int b = 0; b < blocks; b++) {
            long block = row + (long) b * blockBytes;
            if (L == 16) {
                both(block).intoArray(out, offset + 16 * b);
            } else {
                spread(SuperBlocks.scales8(block + 4), Memory.halfAt(block), out, offset + 16 * b);
                spread(SuperBlocks.minimums8(block + 4), Memory.halfAt(block + 2), out, offset + 16 * b + 8);
            }
        }
    }

    /** Q4_K and Q5_K, 16 lanes: a super-block's scales in lanes 0-7 and its minimums in lanes 8-15. */
    static FloatVector both(long block) {
        IntVector bytes = Lanes.unsignedBytes(block);
        IntVector low = PAIR_LOW.selectFrom(bytes)
                .lanewise(VectorOperators.LSHR, PAIR_LOW_SHIFT)
                .and(PAIR_LOW_MASK);
        IntVector high = PAIR_HIGH
                .selectFrom(bytes)
                .lanewise(VectorOperators.LSHR, PAIR_HIGH_SHIFT)
                .and(PAIR_HIGH_MASK);
        FloatVector factors = FloatVector.broadcast(F, Memory.halfAt(block)).blend(Memory.halfAt(block + 2), MINIMUMS);
        return Lanes.toFloat(low.or(high)).mul(factors);
    }

    /**
     * Q4_K and Q5_K, 8 lanes: a super-block's 8 scales and its 8 minimums, negated.
     *
     * @param bytes scratch, at least 16
     */
    static void scalesAndNegativeMinimums(long block, byte[] bytes, float[] scales, float[] minimums, int offset) {
        LONGS.set(bytes, 0, SuperBlocks.scales8(block + 4));
        LONGS.set(bytes, 8, SuperBlocks.minimums8(block + 4));
        Lanes.signedBytes(bytes, 0).mul(Memory.halfAt(block)).intoArray(scales, offset);
        Lanes.signedBytes(bytes, 8).mul(-Memory.halfAt(block + 2)).intoArray(minimums, offset);
    }

    private static void spread(long bytes, float factor, float[] out, int offset) {
        for (int j = 0; j < 8; j++) {
            out[offset + j] = factor * SuperBlocks.at(bytes, j);
        }
    }

    /** Q6_K: 16 scales per super-block. */
    static void signedScales(long row, int blocks, float[] scales, int offset) {
        for (int b = 0; b < blocks; b++) {
            long block = row + 210L * b;
            float d = Memory.halfAt(block + 208);
            for (int i = 0; i < 16; i += L) {
                Lanes.signedBytes(block + 192 + i).mul(d).intoArray(scales, offset + 16 * b + i);
            }
        }
    }

    /** Q2_K: 16 scales and 16 minimums per super-block. */
    static void nibbleScales(long row, int blocks, float[] scales, float[] minimums) {
        for (int b = 0; b < blocks; b++) {
            long block = row + 84L * b;
            float d = Memory.halfAt(block + 80);
            float e = Memory.halfAt(block + 82);
            for (int i = 0; i < 16; i += L) {
                IntVector q = Lanes.unsignedBytes(block + i);
                Lanes.toFloat(q.and(15)).mul(d).intoArray(scales, 16 * b + i);
                Lanes.toFloat(Lanes.right(q, 4)).mul(e).intoArray(minimums, 16 * b + i);
            }
        }
    }
}
