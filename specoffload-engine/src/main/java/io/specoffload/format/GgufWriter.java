package io.specoffload.format;

import io.specoffload.tensor.DType;
import io.specoffload.tensor.Shape;
import io.specoffload.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes a GGUF version 3 file as a stream: the tensors are declared first, then their bytes follow in the same order,
 * in chunks of any size. The file takes its name only when it is complete; until then it is {@code NAME.part}. Not
 * thread-safe.
 *
 * <p>Metadata values are those of {@link Metadata}, and boxed integers and floats of any width. Integers are stored as
 * u32 where they fit, else as i32, i64; a {@link Short} as u16, a {@link Byte} as u8; a {@link Double} as f32 where
 * that loses nothing.
 */
public final class GgufWriter implements AutoCloseable {

    private static final int ALIGNMENT = GgufHeaderReader.DEFAULT_ALIGNMENT;
    private static final int CHUNK = 1 << 20;

    private final Path target;
    private final Path partial;
    private final FileChannel channel;
    private final List<Declaration> tensors;
    private final long dataStart;
    private int current;
    private long writtenOfCurrent;
    private boolean closed;

    /** A tensor whose bytes will follow. */
    public record Declaration(String name, DType type, Shape shape) {

        public Declaration {
            if (name.isEmpty() || shape.extent(0) % type.blockSize() != 0) {
                throw new IllegalArgumentException(
                        "tensor '" + name + "': rows of " + shape.extent(0) + " do not fill whole " + type + " blocks");
            }
        }

        long byteSize() {
            return type.bytesFor(shape.elements());
        }
    }

    private GgufWriter(Path target, Map<String, ?> metadata, List<Declaration> tensors) throws IOException {
        this.target = target;
        this.partial = target.resolveSibling(target.getFileName() + ".part");
        this.tensors = List.copyOf(tensors);
        ByteBuffer header = header(metadata, this.tensors);
        this.dataStart = header.remaining();
        this.channel = FileChannel.open(
                partial, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
        try {
            writeFully(header);
        } catch (IOException e) {
            abandon();
            throw e;
        }
    }

    /**
     * Starts a file.
     *
     * @param target path; an existing file is replaced when the new one is complete
     * @param metadata in this order; {@code general.alignment} is not among them
     * @param tensors in this order, names unique
     */
    public static GgufWriter create(Path target, Map<String, ?> metadata, List<Declaration> tensors)
            throws IOException {
        if (metadata.containsKey("general.alignment")) {
            throw new IllegalArgumentException("the writer aligns to " + ALIGNMENT + "; drop general.alignment");
        }
        Set<String> names = new HashSet<>();
        for (Declaration tensor : tensors) {
            if (!names.add(tensor.name())) {
                throw new IllegalArgumentException("tensor " + tensor.name() + " is declared twice");
            }
        }
        return new GgufWriter(target, metadata, tensors);
    }

    /** Writes a whole tensor, the next of the declared ones. */
    public void write(Tensor tensor) throws IOException {
        Declaration declaration = current();
        if (writtenOfCurrent != 0
                || !declaration.equals(new Declaration(tensor.name(), tensor.type(), tensor.shape()))) {
            throw new IllegalStateException("expected " + declaration + ", not " + tensor.name());
        }
        write(tensor.data());
    }

    /** Writes further bytes; they may not reach beyond the current tensor's end. */
    public void write(MemorySegment bytes) throws IOException {
        for (long done = 0; done < bytes.byteSize(); done += CHUNK) {
            write(bytes.asSlice(done, Math.min(CHUNK, bytes.byteSize() - done)).asByteBuffer());
        }
    }

    /** Writes further bytes; they may not reach beyond the current tensor's end. */
    public void write(ByteBuffer bytes) throws IOException {
        if (!bytes.hasRemaining()) {
            return;
        }
        Declaration tensor = current();
        long size = tensor.byteSize();
        if (bytes.remaining() > size - writtenOfCurrent) {
            throw new IllegalStateException("tensor " + tensor.name() + " has " + size + " bytes; " + writtenOfCurrent
                    + " are written, " + bytes.remaining() + " do not fit");
        }
        writtenOfCurrent += bytes.remaining();
        writeFully(bytes);
        if (writtenOfCurrent == size) {
            writeFully(ByteBuffer.allocate(padding(size)));
            current++;
            writtenOfCurrent = 0;
        }
    }

    /** Bytes that the finished file takes. */
    public long fileSize() {
        long size = dataStart;
        for (Declaration tensor : tensors) {
            size += tensor.byteSize() + padding(tensor.byteSize());
        }
        return size;
    }

    /**
     * Completes the file.
     *
     * @throws IllegalStateException if tensors are missing; nothing is left behind then
     */
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        if (current < tensors.size()) {
            abandon();
            throw new IllegalStateException(
                    current + " of " + tensors.size() + " tensors were written to " + target.getFileName());
        }
        channel.close();
        Files.move(partial, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private Declaration current() {
        if (closed || current == tensors.size()) {
            throw new IllegalStateException("all tensors are written");
        }
        return tensors.get(current);
    }

    private void abandon() throws IOException {
        channel.close();
        Files.deleteIfExists(partial);
    }

    private void writeFully(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            // a heap buffer is copied to native memory as a whole: keep the pieces small
            ByteBuffer piece = bytes.slice(bytes.position(), Math.min(CHUNK, bytes.remaining()));
            int count = channel.write(piece);
            bytes.position(bytes.position() + count);
        }
    }

    private static int padding(long size) {
        return (int) (-size & (ALIGNMENT - 1));
    }

    private static ByteBuffer header(Map<String, ?> metadata, List<Declaration> tensors) {
        GgufOutput out = new GgufOutput();
        out.i32(GgufHeaderReader.MAGIC).i32(3).i64(tensors.size()).i64(metadata.size());
        metadata.forEach((key, value) -> out.string(key).typedValue(key, value));
        long offset = 0;
        for (Declaration tensor : tensors) {
            out.string(tensor.name()).i32(tensor.shape().rank());
            for (long extent : tensor.shape().extents()) {
                out.i64(extent);
            }
            out.i32(tensor.type().ggmlId()).i64(offset);
            offset += tensor.byteSize() + padding(tensor.byteSize());
        }
        return out.padTo(ALIGNMENT).toBuffer();
    }
}
