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
}
