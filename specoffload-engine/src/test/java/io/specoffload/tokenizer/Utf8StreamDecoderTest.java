package io.specoffload.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Utf8StreamDecoderTest {

    @Test
    void halvesOfCharactersAreHeldBack() {
        byte[] bytes = "aé\u20AC\uD83D\uDE00z".getBytes(StandardCharsets.UTF_8);
        Utf8StreamDecoder decoder = decoder();
        StringBuilder parts = new StringBuilder();
        for (byte value : bytes) {
            parts.append(decoder.append(Byte.toUnsignedInt(value))).append('|');
        }
        assertThat(parts.toString()).isEqualTo("a||é|||\u20AC||||\uD83D\uDE00|z|");
        assertThat(decoder.finish()).isEmpty();
    }

    @Test
    void anIncompleteEndIsReplaced() {
        Utf8StreamDecoder decoder = decoder();
        assertThat(decoder.append(0xE2) + decoder.append(0x82)).isEmpty();
        assertThat(decoder.finish()).isEqualTo("\uFFFD");
        assertThat(decoder.finish()).isEmpty();
    }

    /** Any bytes, mostly malformed, in any grouping: the parts are the whole. */
    @Test
    void streamedIsTheSameAsAtOnce() {
        Random random = new Random(1);
        int[] telling = {0x41, 0x80, 0xBF, 0xC2, 0xE0, 0xE2, 0xED, 0xA0, 0xF0, 0x90, 0xF4, 0xF8, 0xFF};
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[random.nextInt(12)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) telling[random.nextInt(telling.length)];
            }
            Utf8StreamDecoder decoder = decoder();
            StringBuilder streamed = new StringBuilder();
            for (byte value : bytes) {
                streamed.append(decoder.append(Byte.toUnsignedInt(value)));
            }
            assertThat(streamed.append(decoder.finish()).toString())
                    .as(java.util.HexFormat.of().formatHex(bytes))
                    .isEqualTo(new String(bytes, StandardCharsets.UTF_8));
        }
    }

    private static Utf8StreamDecoder decoder() {
        return new Utf8StreamDecoder(id -> new byte[] {(byte) id});
    }
}
