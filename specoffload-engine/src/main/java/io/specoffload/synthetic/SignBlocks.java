package io.specoffload.synthetic;

import io.specoffload.tensor.DType;
import java.nio.ByteBuffer;

/**
 * Rows of +magnitude and -magnitude in a stored type: what carries the successor of each token through embedding and
 * output head, exact in sign and nearly so in size whatever the type.
 */
final class SignBlocks {

    private SignBlocks() {}

    /**
     * The type for a matrix of signs in a model of a type: itself, or Q6_K for the types of fewest bits, as usual mixes
     * have it.
     *
     * @param columns elements per row
     */
    static DType typeFor(DType type, int columns) {
        DType chosen = switch (type) {
            case Q2_K, Q3_K, IQ4_NL, IQ4_XS -> DType.Q6_K;
            case MXFP4 -> DType.Q8_0;
            default -> type;
        };
        return SyntheticModel.fitting(chosen, columns);
    }

    /** Appends one row: element k is +magnitude iff bit k of {@code signs} is set. */
    static void append(ByteBuffer out, DType type, long[] signs, int columns, double magnitude) {
        int block = type.blockSize();
        for (int k = 0; k < columns; k += block) {
            int at = out.position();
            if (type.isFloat()) {
                RandomBlocks.put(out, type, at, (float) (bit(signs, k) == 1 ? magnitude : -magnitude));
            } else {
                RandomBlocks.fill(out, at, type.blockBytes(), 0);
                scales(out, type, at, magnitude);
                for (int i = 0; i < block; i++) {
                    quant(out, type, at, i, bit(signs, k + i));
                }
            }
            out.position(at + type.blockBytes());
        }
    }

    private static int bit(long[] signs, int k) {
        return (int) (signs[k >>> 6] >>> (k & 63)) & 1;
    }

    private static void scales(ByteBuffer out, DType type, int at, double magnitude) {
        switch (type) {
            case Q8_0 -> RandomBlocks.half(out, at, magnitude / 127);
            case Q4_0 -> RandomBlocks.half(out, at, magnitude / 7);
            case Q5_0 -> RandomBlocks.half(out, at, magnitude / 15);
            case Q4_1 -> {
                RandomBlocks.half(out, at, 2 * magnitude / 15);
                RandomBlocks.half(out, at + 2, -magnitude);
            }
            case Q5_1 -> {
                RandomBlocks.half(out, at, 2 * magnitude / 31);
                RandomBlocks.half(out, at + 2, -magnitude);
            }
            case Q4_K -> RandomBlocks.equalScales(out, at, 2 * magnitude / 15, magnitude);
            case Q5_K -> RandomBlocks.equalScales(out, at, 2 * magnitude / 31, magnitude);
            case Q6_K -> {
                RandomBlocks.fill(out, at + 192, 16, 8);
                RandomBlocks.half(out, at + 208, magnitude / (8 * 31));
            }
            default -> throw new IllegalArgumentException("no rows of signs in " + type);
        }
    }

    /** Sets the quant of element i, whose bits are still zero. */
    private static void quant(ByteBuffer out, DType type, int at, int i, int sign) {
        switch (type) {
            case Q8_0 -> or(out, at + 2 + i, sign == 1 ? 127 : -127);
            case Q4_0 -> or(out, at + 2 + i % 16, (sign == 1 ? 15 : 1) << i / 16 * 4);
            case Q4_1 -> or(out, at + 4 + i % 16, sign * 15 << i / 16 * 4);
            case Q5_0 -> {
                or(out, at + 2 + i / 8, sign << i % 8);
                or(out, at + 6 + i % 16, (sign == 1 ? 15 : 1) << i / 16 * 4);
            }
            case Q5_1 -> {
                or(out, at + 4 + i / 8, sign << i % 8);
                or(out, at + 8 + i % 16, sign * 15 << i / 16 * 4);
            }
            case Q4_K -> or(out, at + 16 + i / 64 * 32 + i % 32, sign * 15 << i / 32 % 2 * 4);
            case Q5_K -> {
                or(out, at + 16 + i % 32, sign << i / 32);
                or(out, at + 48 + i / 64 * 32 + i % 32, sign * 15 << i / 32 % 2 * 4);
            }
            case Q6_K -> {
                int group = i % 128 / 32;
                int low = at + i / 128 * 64 + group % 2 * 32 + i % 32;
                or(out, low, (sign == 1 ? 15 : 1) << group / 2 * 4);
                or(out, at + 128 + i / 128 * 32 + i % 32, sign * 3 << 2 * group);
            }
            default -> throw new IllegalArgumentException("no rows of signs in " + type);
        }
    }

    private static void or(ByteBuffer out, int at, int bits) {
        out.put(at, (byte) (out.get(at) | bits));
    }
}
