package io.specoffload.format;

import io.specoffload.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What stands in front of the tensor data of one GGUF file: metadata and tensor table, as stored. Tensor types are
 * numbers here, so that a file with types that are not supported can still be described; {@link TensorIndex} resolves
 * them.
 *
 * @param file where it was read from
 * @param version of the format, 2 or 3
 * @param alignment of tensor data in bytes, a power of two
 * @param metadata key-value section
 * @param tensors in file order
 * @param dataStart offset in the file that the tensors' offsets count from
 * @param fileSize bytes
 */
public record GgufHeader(
        Path file,
        int version,
        int alignment,
        Metadata metadata,
        List<TensorHeader> tensors,
        long dataStart,
        long fileSize) {

    private static final Pattern PART_NAME = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");

    /**
     * A row of the tensor table.
     *
     * @param name unique in the checkpoint
     * @param typeId number of the element type
     * @param shape extents, each and their product within range
     * @param offset of the data from {@link #dataStart()}, not yet checked
     * @param tableOffset where in the file this row stands, for messages
     */
    public record TensorHeader(String name, int typeId, Shape shape, long offset, long tableOffset) {}

    public GgufHeader {
        tensors = List.copyOf(tensors);
    }

    /**
     * Reads the header of one file.
     *
     * @throws ModelFormatException if it is damaged; the message names field and offset
     * @throws IOException if the file cannot be read
     */
    public static GgufHeader read(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new ModelFormatException(file + " is a folder, not a GGUF file");
        }
        try (GgufInput in = new GgufInput(file)) {
            return new GgufHeaderReader(in).read(file);
        }
    }

    /**
     * Reads the headers of all parts of a checkpoint.
     *
     * @param first the file, or the first part ({@code NAME-00001-of-0000N.gguf}) of a split one
     */
    public static List<GgufHeader> readParts(Path first) throws IOException {
        GgufHeader header = read(first);
        int count = header.splitValue("split.count", 1);
        if (count <= 1) {
            return List.of(header);
        }
        String fileName = String.valueOf(first.getFileName());
        Matcher matcher = PART_NAME.matcher(fileName);
        if (!matcher.matches() || Integer.parseInt(matcher.group(3)) != count) {
            throw new ModelFormatException(fileName + ": split.count is " + count
                    + ", so the file must be called NAME-00001-of-%05d.gguf".formatted(count));
        }
        if (header.splitValue("split.no", 0) != 0) {
            throw new ModelFormatException(fileName + ": split.no is " + header.splitValue("split.no", 0)
                    + "; open the first part, " + partName(matcher.group(1), 0, count));
        }
        List<GgufHeader> headers = new ArrayList<>();
        headers.add(header);
        for (int part = 1; part < count; part++) {
            headers.add(readPart(first.resolveSibling(partName(matcher.group(1), part, count)), part, count));
        }
        return headers;
    }

    private static GgufHeader readPart(Path file, int part, int count) throws IOException {
        GgufHeader header;
        try {
            header = read(file);
        } catch (NoSuchFileException e) {
            throw new ModelFormatException("part " + (part + 1) + " of " + count + " is missing: " + file, e);
        }
        if (header.splitValue("split.no", -1) != part || header.splitValue("split.count", -1) != count) {
            throw new ModelFormatException(file.getFileName() + ": split.no and split.count are "
                    + header.splitValue("split.no", -1) + " and " + header.splitValue("split.count", -1)
                    + ", expected " + part + " and " + count);
        }
        return header;
    }

    private static String partName(String prefix, int part, int count) {
        return "%s-%05d-of-%05d.gguf".formatted(prefix, part + 1, count);
    }

    private int splitValue(String key, int otherwise) {
        return metadata.int32(key).orElse(otherwise);
    }
}
