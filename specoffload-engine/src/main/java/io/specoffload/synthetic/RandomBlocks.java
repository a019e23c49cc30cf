package io.specoffload.synthetic;

import io.specoffload.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/**
 * Random weights in a stored type. Quantized ones are blocks of uniformly random quants under scales that give the
 * values a wanted root mean square (about: as far as a type's scales can express it). Block layouts are those of the
 * GGML formats.
 */
final class RandomBlocks {

    private RandomBlocks() {}

    /**
     * Whole blocks of random weights.
     *
     * @param blocks how many
     * @param rms root mean square of the values
     */
    static ByteBuffer of(DType type, int blocks, double rms, long seed) {
        byte[] bytes = new byte[Math.multiplyExact(blocks, type.blockBytes())];
        SplittableRandom random = new SplittableRandom(seed);
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (type.isFloat()) {
            for (int i = 0; i < blocks; i++) {
                put(buffer, type, i * type.blockBytes(), (float) (rms * normal(random.nextLong())));
            }
            return buffer;
        }
        random.nextBytes(bytes);
        for (int i = 0; i < blocks; i++) {
            scale(buffer, type, i * type.blockBytes(), rms);
        }
        return buffer;
    }

    /** About normal, of variance 1: the sum of four 16-bit numbers. */
    private static double normal(long bits) {
        long sum = (bits & 0xffff) + (bits >>> 16 & 0xffff) + (bits >>> 32 & 0xffff) + (bits >>> 48);
        return (sum - 2 * 65535.0) / (65536 / Math.sqrt(3));
    }

    /** Writes one element of a float type. */
    static void put(ByteBuffer out, DType type, int at, float value) {
        switch (type) {
            case F32 -> out.putFloat(at, value);
            case F16 -> out.putShort(at, Float.floatToFloat16(value));
            case BF16 -> out.putShort(at, (short) (Float.floatToRawIntBits(value) >>> 16));
            default -> throw new IllegalArgumentException(type + " is no float type");
        }
    }

    /** Replaces the scales of the block at an offset; its quants are uniformly random. */
    private static void scale(ByteBuffer out, DType type, int at, double rms) {
        switch (type) {
            case Q8_0 -> half(out, at, rms / uniform(256));
            case Q4_0 -> half(out, at, rms / uniform(16));
            case Q5_0 -> half(out, at, rms / uniform(32));
            case Q4_1 -> affine(out, at, rms, 16);
            case Q5_1 -> affine(out, at, rms, 32);
            case Q4_K -> superBlock(out, at, rms, 16);
            case Q5_K -> superBlock(out, at, rms, 32);
            case Q6_K -> {
                fill(out, at + 192, 16, 16);
                half(out, at + 208, rms / (16 * uniform(64)));
            }
            case Q2_K -> {
                // scale 8 in the low nibble, minimum 12 in the high one: 8 * 1.5 = 12 centers the values
                fill(out, at, 16, 0xC8);
                half(out, at + 80, rms / (8 * uniform(4)));
                half(out, at + 82, rms / (8 * uniform(4)));
            }
            // the scales of the groups stay random
            case Q3_K -> half(out, at + 108, rms / (uniform(64) * uniform(8)));
            case IQ4_XS -> half(out, at, rms / (uniform(64) * 72));
            case IQ4_NL -> half(out, at, rms / 72);
            // the fp4 numbers have a root mean square of 2.9
            case MXFP4 -> out.put(at, (byte) (127 + Math.round(Math.log(rms / 2.9) / Math.log(2))));
            default -> throw new IllegalArgumentException(type + " has no blocks");
        }
    }

    /** Root mean square of {@code count} equally likely successive numbers around zero. */
    private static double uniform(int count) {
        return Math.sqrt(((double) count * count - 1) / 12);
    }

    private static void affine(ByteBuffer out, int at, double rms, int levels) {
        double step = rms / uniform(levels);
        half(out, at, step);
        half(out, at + 2, -step * (levels - 1) / 2);
    }

    private static void superBlock(ByteBuffer out, int at, double rms, int levels) {
        double step = rms / uniform(levels);
        equalScales(out, at, step, step * (levels - 1) / 2);
    }

    /**
     * A K-quant super-block's scales and minimums, all groups alike: value = step * q - minimum. Every 6-bit number is
     * 32, whose low four bits are zero and whose upper two are 2.
     */
    static void equalScales(ByteBuffer out, int at, double step, double minimum) {
        half(out, at, step / 32);
        half(out, at + 2, minimum / 32);
        fill(out, at + 4, 8, 32 | 2 << 6);
        fill(out, at + 12, 4, 0);
    }

    static void fill(ByteBuffer out, int at, int count, int value) {
        for (int i = 0; i < count; i++) {
            out.put(at + i, (byte) value);
        }
    }

    static void half(ByteBuffer out, int at, double value) {
        out.putShort(at, Float.floatToFloat16((float) value));
    }
}
