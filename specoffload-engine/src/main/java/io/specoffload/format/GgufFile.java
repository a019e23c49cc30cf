package io.specoffload.format;

import io.specoffload.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A GGUF checkpoint (version 2 or 3, little-endian, one file or split into parts), memory-mapped as a whole: tensors
 * are slices of the mapping, read from disk when first touched. Thread-safe; no tensor may be used after
 * {@link #close()}.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">the GGUF specification</a>
 */
public final class GgufFile implements ModelFile {

    private final TensorIndex index;
    private final Arena arena;
    private final Map<String, Tensor> tensors;
    private final AtomicBoolean closed = new AtomicBoolean();

    private GgufFile(TensorIndex index, Arena arena, Map<String, Tensor> tensors) {
        this.index = index;
        this.arena = arena;
        this.tensors = Collections.unmodifiableMap(tensors);
    }

    /**
     * Opens a checkpoint.
     *
     * @param first the file, or the first part ({@code NAME-00001-of-0000N.gguf}) of a split one
     * @throws ModelFormatException if the file is damaged, hostile, or uses what is not supported
     * @throws IOException if a file cannot be opened or mapped
     */
    public static GgufFile open(Path first) throws IOException {
        TensorIndex index = TensorIndex.read(first);
        Arena arena = Arena.ofShared();
        try {
            List<MemorySegment> mappings = new ArrayList<>();
            for (GgufHeader part : index.parts()) {
                mappings.add(map(part, arena));
            }
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            for (TensorIndex.Entry entry : index.entries()) {
                MemorySegment data = mappings.get(entry.part()).asSlice(entry.offset(), entry.byteSize());
                tensors.put(entry.name(), new Tensor(entry.name(), entry.type(), entry.shape(), data));
            }
            return new GgufFile(index, arena, tensors);
        } catch (IOException | RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    private static MemorySegment map(GgufHeader part, Arena arena) throws IOException {
        if (part.tensors().isEmpty()) {
            return MemorySegment.NULL;
        }
        try (FileChannel channel = FileChannel.open(part.file(), StandardOpenOption.READ)) {
            if (channel.size() < part.fileSize()) {
                throw new ModelFormatException(
                        part.file().getFileName() + ": the file became shorter while it was read");
            }
            return channel.map(MapMode.READ_ONLY, 0, part.fileSize(), arena);
        }
    }

    /** Where the tensors lie in the files. */
    public TensorIndex index() {
        return index;
    }

    @Override
    public Metadata metadata() {
        return index.metadata();
    }

    @Override
    public Collection<Tensor> tensors() {
        return tensors.values();
    }

    @Override
    public Optional<Tensor> tensor(String name) {
        return Optional.ofNullable(tensors.get(name));
    }

    @Override
    public String name() {
        return String.valueOf(index.parts().getFirst().file().getFileName());
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            arena.close();
        }
    }
}
