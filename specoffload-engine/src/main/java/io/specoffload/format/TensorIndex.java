package io.specoffload.format;

import io.specoffload.format.GgufHeader.TensorHeader;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Where every tensor of a checkpoint lies, without mapping or reading any of them. All entries lie within their files,
 * do not overlap, and have types that are supported.
 */
public final class TensorIndex {

    private final List<GgufHeader> parts;
    private final Map<String, Entry> entries;

    /**
     * One tensor.
     *
     * @param name the checkpoint's name
     * @param type element type
     * @param shape extents, innermost first
     * @param part index of the file that holds it
     * @param offset of its first byte from that file's beginning
     */
    public record Entry(String name, DType type, Shape shape, int part, long offset) {

        /** Bytes of the tensor's data. */
        public long byteSize() {
            return type.bytesFor(shape.elements());
        }
    }

    private TensorIndex(List<GgufHeader> parts, Map<String, Entry> entries) {
        this.parts = parts;
        this.entries = Collections.unmodifiableMap(entries);
    }

    /**
     * Reads the headers of a checkpoint.
     *
     * @param first the file, or the first part of a split checkpoint
     * @throws ModelFormatException if a header is damaged or a tensor type is not supported
     * @throws IOException if a file cannot be read
     */
    public static TensorIndex read(Path first) throws IOException {
        return of(GgufHeader.readParts(first));
    }

    /** Resolves and checks the tensor tables of a checkpoint's parts. */
    public static TensorIndex of(List<GgufHeader> parts) {
        Map<String, Entry> entries = new LinkedHashMap<>();
        for (int part = 0; part < parts.size(); part++) {
            List<Entry> own = new ArrayList<>();
            for (TensorHeader tensor : parts.get(part).tensors()) {
                own.add(entry(parts.get(part), part, tensor));
            }
            refuseOverlap(parts.get(part), own);
            for (Entry entry : own) {
                if (entries.putIfAbsent(entry.name(), entry) != null) {
                    throw new ModelFormatException(parts.get(part).file().getFileName() + ": tensor " + entry.name()
                            + " is in an earlier part too");
                }
            }
        }
        Metadata metadata = parts.getFirst().metadata();
        Optional<Long> expected = parts.size() > 1 ? metadata.integer("split.tensors.count") : Optional.empty();
        if (expected.isPresent() && expected.get() != entries.size()) {
            throw new ModelFormatException(
                    "split.tensors.count is " + expected.get() + ", but the parts hold " + entries.size() + " tensors");
        }
        return new TensorIndex(List.copyOf(parts), entries);
    }

    /** Metadata of the checkpoint: that of its first part. */
    public Metadata metadata() {
        return parts.getFirst().metadata();
    }

    /** The checkpoint's files in order; one unless it is split. */
    public List<GgufHeader> parts() {
        return parts;
    }

    /** All tensors in file order. */
    public Collection<Entry> entries() {
        return entries.values();
    }

    public Optional<Entry> entry(String name) {
        return Optional.ofNullable(entries.get(name));
    }

    private static Entry entry(GgufHeader header, int part, TensorHeader tensor) {
        DType type = DType.byGgmlId(tensor.typeId())
                .orElseThrow(() -> failure(
                        header,
                        tensor,
                        "type " + Integer.toUnsignedString(tensor.typeId()) + " is not supported; supported are "
                                + Arrays.stream(DType.values()).map(DType::name).collect(Collectors.joining(", "))));
        if (tensor.shape().extent(0) % type.blockSize() != 0) {
            throw failure(
                    header,
                    tensor,
                    "rows of " + tensor.shape().extent(0) + " elements do not fill whole " + type + " blocks of "
                            + type.blockSize());
        }
        long available = Math.max(0, header.fileSize() - header.dataStart());
        long blocks = tensor.shape().elements() / type.blockSize();
        // blocks are compared before they are multiplied, which could overflow
        if (blocks > available / type.blockBytes()
                || tensor.offset() < 0
                || tensor.offset() > available - blocks * type.blockBytes()) {
            throw failure(
                    header,
                    tensor,
                    blocks + " blocks of " + type.blockBytes() + " bytes at data offset "
                            + Long.toUnsignedString(tensor.offset()) + " do not lie within the " + available
                            + " bytes of data");
        }
        if (tensor.offset() % header.alignment() != 0) {
            throw failure(
                    header, tensor, "data offset " + tensor.offset() + " is not a multiple of " + header.alignment());
        }
        return new Entry(tensor.name(), type, tensor.shape(), part, header.dataStart() + tensor.offset());
    }

    private static void refuseOverlap(GgufHeader header, List<Entry> entries) {
        List<Entry> sorted = new ArrayList<>(entries);
        sorted.sort(Comparator.comparingLong(Entry::offset));
        for (int i = 1; i < sorted.size(); i++) {
            Entry before = sorted.get(i - 1);
            Entry after = sorted.get(i);
            if (before.offset() + before.byteSize() > after.offset()) {
                throw new ModelFormatException("%s: tensor %s at offset %d overlaps tensor %s at offset %d"
                        .formatted(
                                header.file().getFileName(),
                                after.name(),
                                after.offset(),
                                before.name(),
                                before.offset()));
            }
        }
    }

    private static ModelFormatException failure(GgufHeader header, TensorHeader tensor, String problem) {
        return new ModelFormatException(header.file().getFileName() + ": tensor " + tensor.name() + " at offset "
                + tensor.tableOffset() + ": " + problem);
    }
}
