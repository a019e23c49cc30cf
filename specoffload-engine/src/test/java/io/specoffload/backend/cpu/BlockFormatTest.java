package io.specoffload.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Decoders against blocks into which random quants are packed here, from the formats' definitions. */
class BlockFormatTest {

    private final Random random = new Random(3);

    private static float[] decode(DType type, byte[] blocks) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocateFrom(ValueLayout.JAVA_BYTE, blocks);
            float[] out = new float[blocks.length / type.blockBytes() * type.blockSize()];
            WeightFormat.of(type).decode(memory.address(), out.length, out, 0);
            return out;
        }
    }

    private static void putHalf(byte[] block, int at, float value) {
        short bits = Float.floatToFloat16(value);
        block[at] = (byte) bits;
        block[at + 1] = (byte) (bits >> 8);
    }

    private static void or(byte[] block, int at, int value, int shift) {
        block[at] |= (byte) (value << shift);
    }

    /** Puts 32 nibbles: the first 16 low, the others high. */
    private static void putNibbles(byte[] block, int at, int[] quants, int from) {
        for (int i = 0; i < 32; i++) {
            or(block, at + i % 16, quants[from + i] & 15, i < 16 ? 0 : 4);
        }
    }

    private int[] quants(int count, int bits) {
        return random.ints(count, 0, 1 << bits).toArray();
    }

    @Test
    void q4_1() {
        byte[] block = new byte[20];
        int[] q = quants(32, 4);
        putHalf(block, 0, 0.5f);
        putHalf(block, 2, -3);
        putNibbles(block, 4, q, 0);
        float[] out = decode(DType.Q4_1, block);
        for (int i = 0; i < 32; i++) {
            assertThat(out[i]).isEqualTo(0.5f * q[i] - 3);
        }
    }

    @Test
    void q5_0AndQ5_1() {
        byte[] plain = new byte[22];
        byte[] offset = new byte[24];
        int[] q = quants(32, 5);
        putHalf(plain, 0, 0.25f);
        putHalf(offset, 0, 0.25f);
        putHalf(offset, 2, -1.5f);
        putNibbles(plain, 6, q, 0);
        putNibbles(offset, 8, q, 0);
        for (int i = 0; i < 32; i++) {
            or(plain, 2 + i / 8, q[i] >> 4, i % 8);
            or(offset, 4 + i / 8, q[i] >> 4, i % 8);
        }
        float[] signed = decode(DType.Q5_0, plain);
        float[] shifted = decode(DType.Q5_1, offset);
        for (int i = 0; i < 32; i++) {
            assertThat(signed[i]).isEqualTo(0.25f * (q[i] - 16));
            assertThat(shifted[i]).isEqualTo(0.25f * q[i] - 1.5f);
        }
    }

    @Test
    void q2_k() {
        byte[] block = new byte[84];
        int[] q = quants(256, 2);
        int[] scales = quants(16, 4);
        int[] minimums = quants(16, 4);
        putHalf(block, 80, 0.5f);
        putHalf(block, 82, 0.25f);
        for (int i = 0; i < 16; i++) {
            block[i] = (byte) (scales[i] | minimums[i] << 4);
        }
        for (int i = 0; i < 256; i++) {
            or(block, 16 + i / 128 * 32 + i % 32, q[i], i % 128 / 32 * 2);
        }
        float[] out = decode(DType.Q2_K, block);
        for (int i = 0; i < 256; i++) {
            assertThat(out[i]).isEqualTo(0.5f * scales[i / 16] * q[i] - 0.25f * minimums[i / 16]);
        }
    }

    @Test
    void q3_k() {
        byte[] block = new byte[110];
        int[] q = quants(256, 3);
        int[] scales = quants(16, 6);
        putHalf(block, 108, 0.5f);
        for (int i = 0; i < 16; i++) {
            or(block, 96 + i % 8, scales[i] & 15, i / 8 * 4);
            or(block, 104 + i % 4, scales[i] >> 4, i / 4 * 2);
        }
        for (int i = 0; i < 256; i++) {
            or(block, 32 + i / 128 * 32 + i % 32, q[i] & 3, i % 128 / 32 * 2);
            or(block, i % 32, q[i] >> 2, i / 32);
        }
        float[] out = decode(DType.Q3_K, block);
        for (int i = 0; i < 256; i++) {
            assertThat(out[i]).isEqualTo(0.5f * (scales[i / 16] - 32) * (q[i] - 4));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"Q4_K", "Q5_K"})
    void q4_kAndQ5_k(DType type) {
        boolean fifth = type == DType.Q5_K;
        byte[] block = new byte[type.blockBytes()];
        int[] q = quants(256, fifth ? 5 : 4);
        int[] scales = quants(8, 6);
        int[] minimums = quants(8, 6);
        putHalf(block, 0, 0.5f);
        putHalf(block, 2, 0.25f);
        for (int i = 0; i < 4; i++) {
            block[4 + i] = (byte) (scales[i] | scales[4 + i] >> 4 << 6);
            block[8 + i] = (byte) (minimums[i] | minimums[4 + i] >> 4 << 6);
            block[12 + i] = (byte) (scales[4 + i] & 15 | (minimums[4 + i] & 15) << 4);
        }
        for (int i = 0; i < 256; i++) {
            or(block, (fifth ? 48 : 16) + i / 64 * 32 + i % 32, q[i] & 15, i % 64 / 32 * 4);
            if (fifth) {
                or(block, 16 + i % 32, q[i] >> 4, i / 32);
            }
        }
        float[] out = decode(type, block);
        for (int i = 0; i < 256; i++) {
            assertThat(out[i]).isEqualTo(0.5f * scales[i / 32] * q[i] - 0.25f * minimums[i / 32]);
        }
    }

    @Test
    void iq4() {
        int[] levels = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
        byte[] small = new byte[18];
        byte[] large = new byte[136];
        int[] q = quants(256, 4);
        int[] scales = quants(8, 6);
        putHalf(small, 0, 0.5f);
        putNibbles(small, 2, q, 0);
        putHalf(large, 0, 0.25f);
        for (int sub = 0; sub < 8; sub++) {
            or(large, 2 + sub / 4, scales[sub] >> 4, sub % 4 * 2);
            or(large, 4 + sub / 2, scales[sub] & 15, sub % 2 * 4);
            putNibbles(large, 8 + 16 * sub, q, 32 * sub);
        }
        float[] nonLinear = decode(DType.IQ4_NL, small);
        float[] extraSmall = decode(DType.IQ4_XS, large);
        for (int i = 0; i < 256; i++) {
            assertThat(extraSmall[i]).isEqualTo(0.25f * (scales[i / 32] - 32) * levels[q[i]]);
            if (i < 32) {
                assertThat(nonLinear[i]).isEqualTo(0.5f * levels[q[i]]);
            }
        }
    }

    /** The 4-bit floats of the OCP Microscaling specification, table 5: 0, 0.5, 1, 1.5, 2, 3, 4, 6 and their negatives. */
    @Test
    void mxfp4() {
        float[] values = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0f, -0.5f, -1, -1.5f, -2, -3, -4, -6};
        int[] exponents = {0, 1, 127, 130, 200, 250};
        byte[] blocks = new byte[17 * exponents.length];
        int[] q = quants(32 * exponents.length, 4);
        for (int b = 0; b < exponents.length; b++) {
            blocks[17 * b] = (byte) exponents[b];
            byte[] nibbles = new byte[16];
            putNibbles(nibbles, 0, q, 32 * b);
            System.arraycopy(nibbles, 0, blocks, 17 * b + 1, 16);
        }
        float[] out = decode(DType.MXFP4, blocks);
        for (int i = 0; i < out.length; i++) {
            assertThat((double) out[i]).isEqualTo(values[q[i]] * Math.pow(2, exponents[i / 32] - 127) + 0.0);
        }
    }
}
