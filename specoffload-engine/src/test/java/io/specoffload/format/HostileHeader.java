package io.specoffload.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Builds headers byte by byte, valid or not. */
final class HostileHeader {

    private final ByteBuffer buffer = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);

    HostileHeader(long tensors, long entries) {
        i32(GgufHeaderReader.MAGIC).i32(3).i64(tensors).i64(entries);
    }

    HostileHeader i8(int value) {
        buffer.put((byte) value);
        return this;
    }

    HostileHeader i32(int value) {
        buffer.putInt(value);
        return this;
    }

    HostileHeader i64(long value) {
        buffer.putLong(value);
        return this;
    }

    HostileHeader string(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        i64(bytes.length);
        buffer.put(bytes);
        return this;
    }

    /** A tensor row. */
    HostileHeader tensor(String name, int type, long offset, long... extents) {
        string(name).i32(extents.length);
        for (long extent : extents) {
            i64(extent);
        }
        return i32(type).i64(offset);
    }

    /** The header, and {@code data} bytes of data after it. */
    byte[] withData(int data) {
        int start = (buffer.position() + 31) / 32 * 32;
        byte[] bytes = new byte[start + data];
        System.arraycopy(buffer.array(), 0, bytes, 0, buffer.position());
        return bytes;
    }

    byte[] withoutData() {
        return java.util.Arrays.copyOf(buffer.array(), buffer.position());
    }

    /** A valid header of tensors that lie one after the other. */
    static byte[] of(List<GgufWriter.Declaration> tensors) {
        HostileHeader header = new HostileHeader(tensors.size(), 0);
        long offset = 0;
        for (GgufWriter.Declaration tensor : tensors) {
            header.tensor(
                    tensor.name(),
                    tensor.type().ggmlId(),
                    offset,
                    tensor.shape().extents());
            offset += tensor.byteSize();
        }
        return header.withData(0);
    }
}
