package io.specoffload.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Decoders against blocks that are written here byte by byte from the formats' definitions. */
class WeightFormatTest {

    private static float[] decode(DType type, byte[] bytes, int elements) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
            float[] out = new float[elements + 2];
            Arrays.fill(out, Float.NaN);
            WeightFormat format = WeightFormat.of(type);
            assertThat(format.type()).isEqualTo(type);
            format.decode(memory.address(), elements, out, 1);
            assertThat(out[0]).isNaN();
            assertThat(out[elements + 1]).isNaN();
            return Arrays.copyOfRange(out, 1, elements + 1);
        }
    }

    private static void putHalf(byte[] block, int at, float value) {
        short bits = Float.floatToFloat16(value);
        block[at] = (byte) bits;
        block[at + 1] = (byte) (bits >> 8);
    }

    /** Sets {@code bits} bits of a little-endian byte, or-ing them in. */
    private static void or(byte[] block, int at, int value, int shift) {
        block[at] |= (byte) (value << shift);
    }

    @Test
    void floats() {
        assertThat(decode(DType.F32, new byte[] {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, (byte) 0xc0}, 2))
                .containsExactly(1f, -2f);
        // 0x3c00 = 1, 0xc000 = -2, 0x0001 = 2^-24 (subnormal)
        assertThat(decode(DType.F16, new byte[] {0, 0x3c, 0, (byte) 0xc0, 1, 0}, 3))
                .containsExactly(1f, -2f, 0x1p-24f);
        assertThat(decode(DType.BF16, new byte[] {(byte) 0x80, 0x3f, 0, (byte) 0xc0}, 2))
                .containsExactly(1f, -2f);
    }

    @Test
    void q8_0() {
        byte[] block = new byte[2 * 34];
        float[] expected = new float[64];
        for (int b = 0; b < 2; b++) {
            float d = b == 0 ? 0.5f : -0.25f;
            putHalf(block, 34 * b, d);
            for (int i = 0; i < 32; i++) {
                int q = i * 8 - 128 + b;
                block[34 * b + 2 + i] = (byte) q;
                expected[32 * b + i] = d * q;
            }
        }
        assertThat(decode(DType.Q8_0, block, 64)).containsExactly(expected);
    }

    @Test
    void q4_0() {
        byte[] block = new byte[2 * 18];
        float[] expected = new float[64];
        for (int b = 0; b < 2; b++) {
            float d = b == 0 ? 0.5f : -0.25f;
            putHalf(block, 18 * b, d);
            for (int i = 0; i < 32; i++) {
                int q = (i * 7 + b) % 16;
                or(block, 18 * b + 2 + i % 16, q, i < 16 ? 0 : 4);
                expected[32 * b + i] = d * (q - 8);
            }
        }
        assertThat(decode(DType.Q4_0, block, 64)).containsExactly(expected);
    }

    @Test
    void q6_K() {
        byte[] block = new byte[2 * 210];
        float[] expected = new float[512];
        for (int b = 0; b < 2; b++) {
            int at = 210 * b;
            float d = b == 0 ? 0.125f : -2f;
            putHalf(block, at + 208, d);
            for (int s = 0; s < 16; s++) {
                block[at + 192 + s] = (byte) (9 * s - 70);
            }
            for (int i = 0; i < 256; i++) {
                int q = (i * 11 + b) % 64;
                int half = i / 128;
                int group = i % 128 / 32;
                int in = i % 32;
                or(block, at + 64 * half + 32 * (group % 2) + in, q & 15, group < 2 ? 0 : 4);
                or(block, at + 128 + 32 * half + in, q >> 4, 2 * group);
                expected[256 * b + i] = d * (9 * (i / 16) - 70) * (q - 32);
            }
        }
        assertThat(decode(DType.Q6_K, block, 512)).containsExactly(expected);
    }

    /** The element's 4-bit number in the blocks of 32 whose low nibbles hold the first half. */
    private static void nibble32(byte[] block, int at, int element, int q) {
        or(block, at + element % 16, q, element < 16 ? 0 : 4);
    }

    @Test
    void q4_1() {
        byte[] block = new byte[2 * 20];
        float[] expected = new float[64];
        for (int b = 0; b < 2; b++) {
            float d = b == 0 ? 0.5f : -0.25f;
            putHalf(block, 20 * b, d);
            putHalf(block, 20 * b + 2, 3.5f);
            for (int i = 0; i < 32; i++) {
                int q = (i * 7 + b) % 16;
                nibble32(block, 20 * b + 4, i, q);
                expected[32 * b + i] = d * q + 3.5f;
            }
        }
        assertThat(decode(DType.Q4_1, block, 64)).containsExactly(expected);
    }

    @Test
    void q5_0AndQ5_1() {
        byte[] symmetric = new byte[2 * 22];
        byte[] shifted = new byte[2 * 24];
        float[] expected = new float[64];
        float[] expectedShifted = new float[64];
        for (int b = 0; b < 2; b++) {
            float d = b == 0 ? 0.5f : -0.25f;
            putHalf(symmetric, 22 * b, d);
            putHalf(shifted, 24 * b, d);
            putHalf(shifted, 24 * b + 2, -1.5f);
            for (int i = 0; i < 32; i++) {
                int q = (i * 11 + b) % 32;
                nibble32(symmetric, 22 * b + 6, i, q & 15);
                or(symmetric, 22 * b + 2 + i / 8, q >> 4, i % 8);
                nibble32(shifted, 24 * b + 8, i, q & 15);
                or(shifted, 24 * b + 4 + i / 8, q >> 4, i % 8);
                expected[32 * b + i] = d * (q - 16);
                expectedShifted[32 * b + i] = d * q - 1.5f;
            }
        }
        assertThat(decode(DType.Q5_0, symmetric, 64)).containsExactly(expected);
        assertThat(decode(DType.Q5_1, shifted, 64)).containsExactly(expectedShifted);
    }

    @Test
    void q2_K() {
        byte[] block = new byte[2 * 84];
        float[] expected = new float[512];
        for (int b = 0; b < 2; b++) {
            int at = 84 * b;
            float d = b == 0 ? 0.5f : -0.25f;
            putHalf(block, at + 80, d);
            putHalf(block, at + 82, 0.75f);
            for (int s = 0; s < 16; s++) {
                block[at + s] = (byte) (s | (15 - s) << 4);
            }
            for (int i = 0; i < 256; i++) {
                int q = (i * 3 + i / 7 + b) % 4;
                // half, then group of 32 within it as the bit pair
                or(block, at + 16 + 32 * (i / 128) + i % 32, q, 2 * (i % 128 / 32));
                expected[256 * b + i] = d * (i / 16) * q - 0.75f * (15 - i / 16);
            }
        }
        assertThat(decode(DType.Q2_K, block, 512)).containsExactly(expected);
    }

    @Test
    void q3_K() {
        byte[] block = new byte[2 * 110];
        float[] expected = new float[512];
        for (int b = 0; b < 2; b++) {
            int at = 110 * b;
            float d = b == 0 ? 0.5f : -0.25f;
            putHalf(block, at + 108, d);
            int[] scales = new int[16];
            for (int s = 0; s < 16; s++) {
                scales[s] = (s * 13 + 5 + b) % 64;
                or(block, at + 96 + s % 8, scales[s] & 15, s < 8 ? 0 : 4);
                or(block, at + 104 + s % 4, scales[s] >> 4, 2 * (s / 4));
            }
            for (int i = 0; i < 256; i++) {
                int q = (i * 5 + i / 9 + b) % 8;
                or(block, at + 32 + 32 * (i / 128) + i % 32, q & 3, 2 * (i % 128 / 32));
                or(block, at + i % 32, q >> 2, i / 32);
                expected[256 * b + i] = d * (scales[i / 16] - 32) * (q - 4);
            }
        }
        assertThat(decode(DType.Q3_K, block, 512)).containsExactly(expected);
    }

    @Test
    void q4_KAndQ5_K() {
        byte[] four = new byte[2 * 144];
        byte[] five = new byte[2 * 176];
        float[] expected4 = new float[512];
        float[] expected5 = new float[512];
        for (int b = 0; b < 2; b++) {
            float d = b == 0 ? 0.5f : -0.25f;
            int[] scales = new int[8];
            int[] minimums = new int[8];
            for (int s = 0; s < 8; s++) {
                scales[s] = (s * 23 + 7 + b) % 64;
                minimums[s] = (s * 29 + 3 + b) % 64;
            }
            for (byte[] block : new byte[][] {four, five}) {
                int at = block.length / 2 * b;
                putHalf(block, at, d);
                putHalf(block, at + 2, 0.125f);
                for (int s = 0; s < 4; s++) {
                    or(block, at + 4 + s, scales[s], 0);
                    or(block, at + 8 + s, minimums[s], 0);
                    or(block, at + 12 + s, scales[s + 4] & 15, 0);
                    or(block, at + 12 + s, minimums[s + 4] & 15, 4);
                    or(block, at + 4 + s, scales[s + 4] >> 4, 6);
                    or(block, at + 8 + s, minimums[s + 4] >> 4, 6);
                }
            }
            for (int i = 0; i < 256; i++) {
                int q = (i * 7 + i / 11 + b) % 32;
                int at = 32 * (i / 64) + i % 32;
                int shift = i % 64 < 32 ? 0 : 4;
                or(four, 144 * b + 16 + at, q & 15, shift);
                or(five, 176 * b + 48 + at, q & 15, shift);
                or(five, 176 * b + 16 + i % 32, q >> 4, i / 32);
                expected4[256 * b + i] = d * scales[i / 32] * (q & 15) - 0.125f * minimums[i / 32];
                expected5[256 * b + i] = d * scales[i / 32] * q - 0.125f * minimums[i / 32];
            }
        }
        assertThat(decode(DType.Q4_K, four, 512)).containsExactly(expected4);
        assertThat(decode(DType.Q5_K, five, 512)).containsExactly(expected5);
    }

    private static final int[] NON_LINEAR = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

    @Test
    void iq4_NL() {
        byte[] block = new byte[2 * 18];
        float[] expected = new float[64];
        for (int b = 0; b < 2; b++) {
            float d = b == 0 ? 0.5f : -0.25f;
            putHalf(block, 18 * b, d);
            for (int i = 0; i < 32; i++) {
                int q = (i * 7 + b) % 16;
                nibble32(block, 18 * b + 2, i, q);
                expected[32 * b + i] = d * NON_LINEAR[q];
            }
        }
        assertThat(decode(DType.IQ4_NL, block, 64)).containsExactly(expected);
    }

    @Test
    void iq4_XS() {
        byte[] block = new byte[2 * 136];
        float[] expected = new float[512];
        for (int b = 0; b < 2; b++) {
            int at = 136 * b;
            float d = b == 0 ? 0.5f : -0.25f;
            putHalf(block, at, d);
            int[] scales = new int[8];
            for (int s = 0; s < 8; s++) {
                scales[s] = (s * 23 + 7 + b) % 64;
                or(block, at + 2 + s / 4, scales[s] >> 4, 2 * (s % 4));
                or(block, at + 4 + s / 2, scales[s] & 15, s % 2 == 0 ? 0 : 4);
            }
            for (int i = 0; i < 256; i++) {
                int q = (i * 7 + i / 13 + b) % 16;
                nibble32(block, at + 8 + 16 * (i / 32), i % 32, q);
                expected[256 * b + i] = d * (scales[i / 32] - 32) * NON_LINEAR[q];
            }
        }
        assertThat(decode(DType.IQ4_XS, block, 512)).containsExactly(expected);
    }

    @Test
    void mxfp4() {
        float[] fp4 = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6, 0, -0.5f, -1, -1.5f, -2, -3, -4, -6};
        int[] exponents = {127, 124, 130, 0, 1, 2, 254};
        byte[] block = new byte[exponents.length * 17];
        float[] expected = new float[exponents.length * 32];
        for (int b = 0; b < exponents.length; b++) {
            block[17 * b] = (byte) exponents[b];
            for (int i = 0; i < 32; i++) {
                int q = exponents[b] == 254 ? i % 3 : (i * 7 + b) % 16;
                nibble32(block, 17 * b + 1, i, q);
                expected[32 * b + i] = (float) (fp4[q] * Math.pow(2, exponents[b] - 127));
            }
        }
        assertThat(decode(DType.MXFP4, block, expected.length)).containsExactly(expected);
    }
}
