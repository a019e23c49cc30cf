package io.specoffload.format;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A little-endian cursor over a file that is not trusted: nothing is read, and nothing allocated, before the file is
 * known to hold it. Every failure names the field being read and its offset. Not thread-safe.
 */
final class GgufInput implements Closeable {

    /** A header is never this large; it keeps a crafted file of many gigabytes from filling the heap. */
    private static final long MAXIMUM_HEADER = 512L << 20;

    /** {@code tokenizer.huggingface.json}, the longest string in use, takes some ten megabytes. */
    private static final long MAXIMUM_STRING = 128L << 20;

    private final FileChannel channel;
    private final String name;
    private final long size;
    private final long limit;
    private final ByteBuffer buffer =
            ByteBuffer.allocate(1 << 15).order(ByteOrder.LITTLE_ENDIAN).limit(0);
    private long bufferStart;
    private String field = "header";

    GgufInput(Path file) throws IOException {
        this.channel = FileChannel.open(file, StandardOpenOption.READ);
        this.name = String.valueOf(file.getFileName());
        try {
            this.size = channel.size();
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        this.limit = Math.min(size, MAXIMUM_HEADER);
    }

    /** Names what is read from here on, for messages. */
    GgufInput field(String newField) {
        field = newField;
        return this;
    }

    String name() {
        return name;
    }

    long size() {
        return size;
    }

    long position() {
        return bufferStart + buffer.position();
    }

    /** Bytes that may still belong to the header. */
    long remaining() {
        return limit - position();
    }

    int u8() throws IOException {
        need(1);
        return Byte.toUnsignedInt(buffer.get());
    }

    byte i8() throws IOException {
        need(1);
        return buffer.get();
    }

    short i16() throws IOException {
        need(Short.BYTES);
        return buffer.getShort();
    }

    int i32() throws IOException {
        need(Integer.BYTES);
        return buffer.getInt();
    }

    long u32() throws IOException {
        return Integer.toUnsignedLong(i32());
    }

    long i64() throws IOException {
        need(Long.BYTES);
        return buffer.getLong();
    }

    /** An unsigned value that must fit a long. */
    long u64() throws IOException {
        long start = position();
        long value = i64();
        if (value < 0) {
            throw failure(Long.toUnsignedString(value) + " is out of range", start);
        }
        return value;
    }

    float f32() throws IOException {
        need(Float.BYTES);
        return buffer.getFloat();
    }

    double f64() throws IOException {
        need(Double.BYTES);
        return buffer.getDouble();
    }

    boolean bool() throws IOException {
        long start = position();
        int value = u8();
        if (value > 1) {
            throw failure("a boolean must be 0 or 1, not " + value, start);
        }
        return value == 1;
    }

    /** Text with its length in front; bytes that are no UTF-8 become U+FFFD. */
    String string() throws IOException {
        return new String(lengthPrefixed(MAXIMUM_STRING), StandardCharsets.UTF_8);
    }

    /** A key or name: short, not empty, UTF-8. */
    String identifier(int maximumLength) throws IOException {
        long start = position();
        byte[] bytes = lengthPrefixed(maximumLength);
        if (bytes.length == 0) {
            throw failure("the name is empty", start);
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ModelFormatException(describe("the name is not UTF-8", start), e);
        }
    }

    private byte[] lengthPrefixed(long maximum) throws IOException {
        long start = position();
        long length = i64();
        if (length < 0 || length > Math.min(maximum, remaining())) {
            throw failure(
                    "a length of " + Long.toUnsignedString(length) + " bytes, but at most "
                            + Math.min(maximum, remaining()) + " are possible",
                    start);
        }
        byte[] bytes = new byte[(int) length];
        int done = 0;
        while (done < bytes.length) {
            need(1);
            int part = Math.min(buffer.remaining(), bytes.length - done);
            buffer.get(bytes, done, part);
            done += part;
        }
        return bytes;
    }

    /** A failure at an offset of the file. */
    ModelFormatException failure(String problem, long offset) {
        return new ModelFormatException(describe(problem, offset));
    }

    private String describe(String problem, long offset) {
        return name + ": " + field + " at offset " + offset + ": " + problem;
    }

    private void need(int bytes) throws IOException {
        if (buffer.remaining() >= bytes) {
            return;
        }
        long position = position();
        if (position + bytes > limit) {
            throw failure(
                    limit < size
                            ? "the header exceeds " + MAXIMUM_HEADER + " bytes"
                            : "the file ends at " + size + ", " + bytes + " bytes are needed",
                    position);
        }
        bufferStart = position;
        buffer.compact();
        while (buffer.position() < bytes) {
            int count = channel.read(buffer, bufferStart + buffer.position());
            if (count < 0) {
                throw failure("the file became shorter while it was read", position);
            }
        }
        buffer.flip();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
