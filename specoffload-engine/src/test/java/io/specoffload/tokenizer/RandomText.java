package io.specoffload.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;

/** Texts of all scripts, with runs of white space and marks, and what must hold for them. */
final class RandomText {

    private static final int[][] RANGES = {
        {' ', '~'},
        {'a', 'z'},
        {'0', '9'},
        {' ', ' '},
        {'\n', '\r'},
        {0, 0x1F},
        {0xA0, 0x24F},
        {0x300, 0x36F},
        {0x370, 0x5FF},
        {0x900, 0x97F},
        {0x2000, 0x206F},
        {0x2580, 0x2582},
        {0x3040, 0x30FF},
        {0x4E00, 0x9FFF},
        {0xAC00, 0xD7A3},
        {0x1F300, 0x1F9FF},
        {0x10000, 0x10FFFF}
    };

    private RandomText() {}

    static String of(Random random, int maximumLength) {
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(maximumLength);
        int[] range = RANGES[0];
        for (int i = 0; i < length; i++) {
            if (random.nextInt(4) == 0) {
                range = RANGES[random.nextInt(RANGES.length)];
            }
            text.appendCodePoint(random.nextInt(range[0], range[1] + 1));
        }
        return text.toString();
    }

    /** Encoding is stable, decoding undoes it, and decoding as a stream gives the same text in whole characters. */
    static void assertRoundTrip(Tokenizer tokenizer, String text) {
        int[] ids = tokenizer.encode(text, false, false);
        assertThat(tokenizer.encode(text, false, false)).isEqualTo(ids);
        // SentencePiece has one character for a space and for U+2581
        boolean hasSpaceMark = text.indexOf(SentencePieceTokenizer.SPACE) >= 0;
        if (!(hasSpaceMark && tokenizer instanceof SentencePieceTokenizer)) {
            assertThat(tokenizer.decodeText(ids)).isEqualTo(text);
        }
        StreamDecoder decoder = tokenizer.streamDecoder(false);
        StringBuilder streamed = new StringBuilder();
        for (int id : ids) {
            String part = decoder.append(id);
            assertThat(part).doesNotContain("\uFFFD");
            streamed.append(part);
        }
        assertThat(streamed.append(decoder.finish()).toString()).isEqualTo(tokenizer.decode(ids, false));
    }
}
