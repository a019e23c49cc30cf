package io.specoffload.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.IntFunction;

/**
 * Holds back the bytes of a character until it is complete. What it has given out in all is always what decoding all
 * bytes at once gives: bytes are split only in front of a lead byte, where any decoder starts anew.
 */
final class Utf8StreamDecoder implements StreamDecoder {

    private final IntFunction<byte[]> bytesOf;
    private byte[] pending = new byte[0];

    /**
     * @param bytesOf what a token stands for; empty for one that is not shown
     */
    Utf8StreamDecoder(IntFunction<byte[]> bytesOf) {
        this.bytesOf = bytesOf;
    }

    @Override
    public String append(int id) {
        byte[] bytes = bytesOf.apply(id);
        if (bytes.length == 0) {
            return "";
        }
        byte[] all = Arrays.copyOf(pending, pending.length + bytes.length);
        System.arraycopy(bytes, 0, all, pending.length, bytes.length);
        int complete = all.length - incompleteTail(all);
        pending = Arrays.copyOfRange(all, complete, all.length);
        return new String(all, 0, complete, StandardCharsets.UTF_8);
    }

    @Override
    public String finish() {
        String rest = new String(pending, StandardCharsets.UTF_8);
        pending = new byte[0];
        return rest;
    }

    /** Number of bytes at the end that further ones could complete to a character. */
    private static int incompleteTail(byte[] bytes) {
        for (int back = 1; back <= Math.min(3, bytes.length); back++) {
            int value = Byte.toUnsignedInt(bytes[bytes.length - back]);
            if (value < 0x80) {
                return 0;
            }
            if (value >= 0xC0) {
                int length = value < 0xE0 ? 2 : value < 0xF0 ? 3 : value < 0xF8 ? 4 : 1;
                return back < length ? back : 0;
            }
        }
        return 0;
    }
}
