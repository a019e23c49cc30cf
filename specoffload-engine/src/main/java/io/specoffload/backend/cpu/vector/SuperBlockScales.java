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
import jdk.incubator.vector.ByteVector;
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

    /*
     * For forRawNibbles, in the order of its output: byte 4 p + j of 16 is scale 2 p + j for j < 2 and minimum 2 p + j - 2 for others. Those with p < 2 are whole in
     * bytes 4-11 of the block, the upper two bits of others too, and their nibbles are in bytes 12-15.
     */
    private static final ByteVector RAW_LOW = bytes(j -> 4 + 2 * (j >> 2 & 1) + (j & 1) + 2 * (j & 2));

    private static final IntVector RAW_LOW_SHIFT =
            IntVector.fromArray(IntVector.SPECIES_128, new int[] {0, 0, 2, 2}, 0);
    private static final IntVector RAW_LOW_MASK =
            bytes(j -> j < 8 ? 0x3f : 0x30).reinterpretAsInts();
    private static final ByteVector RAW_HIGH = bytes(j -> 12 + 2 * (j >> 2 & 1) + (j & 1));
    private static final ByteVector RAW_HIGH_MASK = bytes(j -> j < 8 ? 0 : 15);
    private static final VectorMask<Byte> RAW_HIGH_MINIMUMS = VectorMask.fromLong(ByteVector.SPECIES_128, 0xcccc);
    private static final VectorMask<Float> RAW_MINIMUMS = VectorMask.fromLong(F, 0xccccL & (1L << L) - 1);
    private static final FloatVector RAW_FACTORS = rawFactors();

    private static final VectorMask<Integer> UPPER_HALF = VectorMask.fromLong(I, 0xff00L & (1L << L) - 1);
    private static final FloatVector RAW_SIX_BIT_FACTORS = lanes(j -> (j & 7) < 4 ? 16 : 1)
            .convert(VectorOperators.I2F, 0)
            .reinterpretAsFloats()
            .mul(RawIntegers.SCALE / 16);

    private SuperBlockScales() {}

    private static ByteVector bytes(IntUnaryOperator value) {
        byte[] values = new byte[16];
        for (int i = 0; i < 16; i++) {
            values[i] = (byte) value.applyAsInt(i);
        }
        return ByteVector.fromArray(ByteVector.SPECIES_128, values, 0);
    }

    private static FloatVector rawFactors() {
        float[] factors = new float[L];
        for (int i = 0; i < L; i++) {
            factors[i] = switch (i & 3) {
                case 0 -> RawIntegers.SCALE;
                case 1 -> RawIntegers.SCALE / 16;
                default -> -RawIntegers.UNIT;
            };
        }
        return FloatVector.fromArray(F, factors, 0);
    }

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
     * Q4_K and Q5_K, 16 lanes: for each two groups of 32 their scales and their minimums, negated, as {@link RawIntegers} wants them. The second
     * group's integers are four bits further up. Of two rows in turns: see {@link VectorFormat#unpackPair}.
     *
     * @param out receives 4 floats per two groups: scale, scale / 16, -minimum, -minimum
     * @param offset for the first row
     * @param secondOffset for the second row
     */
    static void forRawNibbles(
            long first, long second, int blockBytes, int blocks, float[] out, int offset, int secondOffset) {
        for (int b = 0; b < blocks; b++) {
            rawNibbles(first + (long) b * blockBytes, out, offset + 16 * b);
            rawNibbles(second + (long) b * blockBytes, out, secondOffset + 16 * b);
        }
    }

    private static void rawNibbles(long block, float[] out, int at) {
        ByteVector bytes =
                ByteVector.fromMemorySegment(ByteVector.SPECIES_128, Memory.ALL, block, ByteOrder.LITTLE_ENDIAN);
        IntVector low = RAW_LOW.selectFrom(bytes)
                .reinterpretAsInts()
                .lanewise(VectorOperators.LSHR, RAW_LOW_SHIFT)
                .and(RAW_LOW_MASK);
        ByteVector nibbles = RAW_HIGH.selectFrom(bytes);
        ByteVector upper =
                nibbles.reinterpretAsInts().lanewise(VectorOperators.LSHR, 4).reinterpretAsBytes();
        ByteVector high = nibbles.blend(upper, RAW_HIGH_MINIMUMS).and(RAW_HIGH_MASK);
        FloatVector factors =
                FloatVector.broadcast(F, Memory.halfAt(block)).blend(Memory.halfAt(block + 2), RAW_MINIMUMS);
        ((FloatVector) low.reinterpretAsBytes().or(high).convertShape(VectorOperators.B2F, F, 0))
                .mul(RAW_FACTORS)
                .mul(factors)
                .intoArray(out, at);
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

    /**
     * Q6_K, 16 lanes: for each half of a super-block its 8 scales and what is to be added for the 32 that are subtracted from weights, as {@link RawIntegers} wants
     * them. The integers of a half's last two groups are four bits further up.
     *
     * @param out receives [2 halves][2][8] floats per super-block
     */
    static void forRawSixBits(long row, int blocks, float[] out) {
        for (int b = 0; b < blocks; b++) {
            long block = row + 210L * b;
            FloatVector scales = Lanes.signedBytes(block + 192).mul(Memory.halfAt(block + 208));
            IntVector factors = scales.mul(RAW_SIX_BIT_FACTORS).reinterpretAsInts();
            IntVector addends = scales.mul(-32 * RawIntegers.UNIT).reinterpretAsInts();
            factors.blend(SWAP_HALVES.selectFrom(addends), UPPER_HALF)
                    .reinterpretAsFloats()
                    .intoArray(out, 32 * b);
            SWAP_HALVES
                    .selectFrom(factors)
                    .blend(addends, UPPER_HALF)
                    .reinterpretAsFloats()
                    .intoArray(out, 32 * b + 16);
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
