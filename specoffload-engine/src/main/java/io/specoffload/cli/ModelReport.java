package io.specoffload.cli;

import io.specoffload.backend.cpu.WeightFormat;
import io.specoffload.format.GgufFile;
import io.specoffload.format.GgufHeader;
import io.specoffload.format.GgufHeader.TensorHeader;
import io.specoffload.format.Metadata;
import io.specoffload.format.ModelFormatException;
import io.specoffload.format.TensorIndex;
import io.specoffload.model.ModelConfig;
import io.specoffload.tensor.DType;
import io.specoffload.tokenizer.Tokenizers;
import io.specoffload.tokenizer.Vocabulary;
import java.io.IOException;
import java.lang.reflect.Array;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a model file holds, and what of it the engine cannot use.
 *
 * @param file name of the (first) file
 * @param parts number of files
 * @param version of GGUF
 * @param fileBytes bytes of all files
 * @param architecture {@code general.architecture}, empty if the file has none
 * @param parameters elements of all tensors
 * @param hyperparameters the metadata under the architecture's name
 * @param tokenizer kind, size and special tokens; empty if the file has none
 * @param chatTemplate whether the file has one
 * @param metadata all of it; long arrays are given by length and first elements
 * @param tensors in file order
 * @param types totals by element type
 * @param supported whether nothing is unsupported
 * @param unsupported what the engine cannot use, a sentence each
 */
record ModelReport(
        String file,
        int parts,
        int version,
        long fileBytes,
        String architecture,
        long parameters,
        Map<String, Object> hyperparameters,
        Map<String, Object> tokenizer,
        boolean chatTemplate,
        Map<String, Object> metadata,
        List<TensorLine> tensors,
        Map<String, TypeTotal> types,
        boolean supported,
        List<String> unsupported) {

    private static final int SHOWN_ELEMENTS = 16;

    /**
     * A tensor.
     *
     * @param bytes null for a type that is not supported
     */
    record TensorLine(
            String name,
            String type,
            long[] shape,
            @Nullable Long bytes,
            int part) {}

    /** Totals of one element type; bytes are 0 for a type that is not supported. */
    record TypeTotal(int tensors, long elements, long bytes) {

        private TypeTotal plus(TypeTotal other) {
            return new TypeTotal(tensors + other.tensors, elements + other.elements, bytes + other.bytes);
        }
    }

    /**
     * Describes a checkpoint.
     *
     * @throws ModelFormatException if the file is damaged
     */
    static ModelReport of(Path model) throws IOException {
        List<GgufHeader> parts = GgufHeader.readParts(model);
        Metadata metadata = parts.getFirst().metadata();
        List<String> unsupported = new ArrayList<>();
        List<TensorLine> tensors = new ArrayList<>();
        Map<String, TypeTotal> types = new TreeMap<>();
        long parameters = 0;
        for (int part = 0; part < parts.size(); part++) {
            for (TensorHeader tensor : parts.get(part).tensors()) {
                TensorLine line = line(tensor, part);
                long elements = tensor.shape().elements();
                parameters += elements;
                tensors.add(line);
                types.merge(
                        line.type(),
                        new TypeTotal(1, elements, line.bytes() == null ? 0 : line.bytes()),
                        TypeTotal::plus);
            }
        }
        if (tensors.stream().anyMatch(tensor -> tensor.bytes() == null)) {
            types.keySet().stream()
                    .filter(type -> type.startsWith("type "))
                    .forEach(type -> unsupported.add("tensors of " + type));
        } else {
            TensorIndex.of(parts);
        }
        tensors.stream()
                .filter(tensor -> tensor.bytes() != null)
                .map(TensorLine::type)
                .distinct()
                .filter(type -> !WeightFormat.SUPPORTED.contains(DType.parse(type)))
                .forEach(type -> unsupported.add("tensors of type " + type));
        String architecture = metadata.string("general.architecture").orElse("");
        if (!tensors.isEmpty() && tensors.stream().noneMatch(tensor -> tensor.bytes() == null)) {
            checkConfiguration(model, unsupported);
        }
        Map<String, Object> tokenizer = tokenizer(metadata, unsupported);
        return new ModelReport(
                String.valueOf(model.getFileName()),
                parts.size(),
                parts.getFirst().version(),
                parts.stream().mapToLong(GgufHeader::fileSize).sum(),
                architecture,
                parameters,
                below(architecture + ".", metadata),
                tokenizer,
                metadata.contains("tokenizer.chat_template"),
                below("", metadata),
                tensors,
                types,
                unsupported.isEmpty(),
                unsupported);
    }

    private static TensorLine line(TensorHeader tensor, int part) {
        return DType.byGgmlId(tensor.typeId())
                .map(type -> new TensorLine(
                        tensor.name(), type.name(), tensor.shape().extents(), bytes(type, tensor), part))
                .orElseGet(() -> new TensorLine(
                        tensor.name(),
                        "type " + Integer.toUnsignedString(tensor.typeId()),
                        tensor.shape().extents(),
                        null,
                        part));
    }

    private static long bytes(DType type, TensorHeader tensor) {
        // a row that does not fill whole blocks is refused later, with the tensor's name
        return tensor.shape().elements() / type.blockSize() * type.blockBytes();
    }

    /** Hyperparameters are judged by who uses them. */
    private static void checkConfiguration(Path model, List<String> unsupported) throws IOException {
        try (GgufFile file = GgufFile.open(model)) {
            ModelConfig.read(file);
        } catch (ModelFormatException e) {
            unsupported.add(e.getMessage());
        }
    }

    private static Map<String, Object> tokenizer(Metadata metadata, List<String> unsupported) {
        Map<String, Object> description = new LinkedHashMap<>();
        if (!metadata.contains("tokenizer.ggml.model")) {
            return description;
        }
        description.put("model", metadata.string("tokenizer.ggml.model").orElse(""));
        metadata.string("tokenizer.ggml.pre").ifPresent(pre -> description.put("pre", pre));
        try {
            Vocabulary vocabulary = Tokenizers.from(metadata).vocabulary();
            description.put("size", vocabulary.size());
            vocabulary.bos().ifPresent(id -> description.put("bos", id));
            vocabulary.eos().ifPresent(id -> description.put("eos", id));
            description.put("addBos", vocabulary.addBos());
            description.put("addEos", vocabulary.addEos());
            description.put(
                    "endOfGeneration",
                    IntStream.range(0, vocabulary.size())
                            .filter(vocabulary::isEndOfGeneration)
                            .toArray());
        } catch (ModelFormatException e) {
            unsupported.add(e.getMessage());
        }
        return description;
    }

    /** The metadata under a prefix, which is taken off; long arrays shortened. */
    private static Map<String, Object> below(String prefix, Metadata metadata) {
        Map<String, Object> values = new LinkedHashMap<>();
        metadata.asMap().forEach((key, value) -> {
            if (key.startsWith(prefix)) {
                values.put(key.substring(prefix.length()), shortened(value));
            }
        });
        return values;
    }

    private static Object shortened(Object value) {
        int length =
                value instanceof List<?> list ? list.size() : value.getClass().isArray() ? Array.getLength(value) : 0;
        if (length <= SHOWN_ELEMENTS) {
            return value;
        }
        List<Object> first = new ArrayList<>();
        for (int i = 0; i < SHOWN_ELEMENTS; i++) {
            first.add(value instanceof List<?> list ? list.get(i) : Array.get(value, i));
        }
        Map<String, Object> summary = new LinkedHashMap<>();
        summary.put("length", length);
        summary.put("first", first);
        return summary;
    }
}
