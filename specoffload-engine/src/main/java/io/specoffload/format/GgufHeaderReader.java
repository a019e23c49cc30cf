package io.specoffload.format;

import io.specoffload.format.GgufHeader.TensorHeader;
import io.specoffload.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Parses a header by the GGUF specification, trusting nothing that it says. */
final class GgufHeaderReader {

    static final int MAGIC = 0x46554747; // "GGUF" in little-endian order
    static final int DEFAULT_ALIGNMENT = 32;

    private static final int MAXIMUM_ALIGNMENT = 1 << 20;
    private static final int MAXIMUM_NAME = 1024;
    private static final int MAXIMUM_KEY = 65_535;
    private static final int MAXIMUM_ENTRIES = 1 << 18;
    private static final int MAXIMUM_DEPTH = 4;
    private static final int MINIMUM_ENTRY_BYTES = 8 + 1 + 4 + 1;
    private static final int MINIMUM_TENSOR_BYTES = 8 + 1 + 4 + 8 + 4 + 8;

    private final GgufInput in;

    /** Array elements that may still be read; they take more room in memory than in the file. */
    private long elementBudget = 1 << 25;

    GgufHeaderReader(GgufInput in) {
        this.in = in;
    }

    GgufHeader read(Path file) throws IOException {
        int version = version();
        long tensorCount = count("tensor count", MINIMUM_TENSOR_BYTES);
        long entryCount = count("metadata count", MINIMUM_ENTRY_BYTES);
        Metadata metadata = metadata(entryCount);
        int alignment = alignment(metadata);
        List<TensorHeader> tensors = tensors(tensorCount);
        long dataStart = Math.ceilDiv(in.position(), (long) alignment) * alignment;
        return new GgufHeader(file, version, alignment, metadata, tensors, dataStart, in.size());
    }

    private int version() throws IOException {
        in.field("magic");
        int magic = in.i32();
        if (magic != MAGIC) {
            throw in.failure(
                    "this is not a GGUF file (it starts with 0x%08x)".formatted(Integer.reverseBytes(magic)), 0);
        }
        in.field("version");
        int version = in.i32();
        if (version != 0 && (version & 0xFFFF) == 0) {
            throw in.failure("the file is big-endian; only little-endian files are supported", 4);
        }
        if (version != 2 && version != 3) {
            throw in.failure(
                    "version " + Integer.toUnsignedString(version) + " is not supported; supported are 2 and 3", 4);
        }
        return version;
    }

    private long count(String field, int minimumBytes) throws IOException {
        in.field(field);
        long start = in.position();
        long count = in.u64();
        long possible = Math.min(MAXIMUM_ENTRIES, in.remaining() / minimumBytes);
        if (count > possible) {
            throw in.failure(count + " entries, but at most " + possible + " are possible", start);
        }
        return count;
    }

    private Metadata metadata(long count) throws IOException {
        Map<String, Object> values = new LinkedHashMap<>();
        for (long i = 0; i < count; i++) {
            in.field("metadata key " + i);
            long start = in.position();
            String key = in.identifier(MAXIMUM_KEY);
            if (values.containsKey(key)) {
                throw in.failure("the key " + key + " occurs twice", start);
            }
            in.field("metadata " + key);
            long typeStart = in.position();
            values.put(key, value(GgufType.of(in.u32(), in, typeStart), 0));
        }
        return new Metadata(values);
    }

    private Object value(GgufType type, int depth) throws IOException {
        return switch (type) {
            case FLOAT32 -> (double) in.f32();
            case FLOAT64 -> in.f64();
            case BOOL -> in.bool();
            case STRING -> in.string();
            case ARRAY -> array(depth + 1);
            default -> integer(type);
        };
    }

    private long integer(GgufType type) throws IOException {
        return switch (type) {
            case UINT8 -> in.u8();
            case INT8 -> in.i8();
            case UINT16 -> Short.toUnsignedLong(in.i16());
            case INT16 -> in.i16();
            case UINT32 -> in.u32();
            case INT32 -> in.i32();
            case UINT64 -> in.u64();
            case INT64 -> in.i64();
            default -> throw new IllegalArgumentException(type + " is no integer type");
        };
    }

    private Object array(int depth) throws IOException {
        long start = in.position();
        if (depth > MAXIMUM_DEPTH) {
            throw in.failure("arrays are nested deeper than " + MAXIMUM_DEPTH, start);
        }
        GgufType type = GgufType.of(in.u32(), in, start);
        long countStart = in.position();
        long count = in.i64();
        long possible = Math.min(elementBudget, in.remaining() / type.minimumBytes());
        if (count < 0 || count > possible) {
            throw in.failure(
                    "an array of " + Long.toUnsignedString(count) + " elements, but at most " + possible
                            + " are possible",
                    countStart);
        }
        elementBudget -= count;
        int length = (int) count;
        if (type.isInteger()) {
            long[] values = new long[length];
            for (int i = 0; i < length; i++) {
                values[i] = integer(type);
            }
            return values;
        }
        return switch (type) {
            case FLOAT32 -> floats(length);
            case FLOAT64 -> doubles(length);
            case BOOL -> booleans(length);
            default -> objects(type, length, depth);
        };
    }

    private float[] floats(int length) throws IOException {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = in.f32();
        }
        return values;
    }

    private double[] doubles(int length) throws IOException {
        double[] values = new double[length];
        for (int i = 0; i < length; i++) {
            values[i] = in.f64();
        }
        return values;
    }

    private boolean[] booleans(int length) throws IOException {
        boolean[] values = new boolean[length];
        for (int i = 0; i < length; i++) {
            values[i] = in.bool();
        }
        return values;
    }

    private List<Object> objects(GgufType type, int length, int depth) throws IOException {
        List<Object> values = new ArrayList<>(length);
        for (int i = 0; i < length; i++) {
            values.add(value(type, depth));
        }
        return Collections.unmodifiableList(values);
    }

    private int alignment(Metadata metadata) {
        long alignment = metadata.integer("general.alignment").orElse((long) DEFAULT_ALIGNMENT);
        if (alignment < 1 || alignment > MAXIMUM_ALIGNMENT || Long.bitCount(alignment) != 1) {
            throw new ModelFormatException(in.name() + ": metadata general.alignment: " + alignment
                    + " is not a power of two up to " + MAXIMUM_ALIGNMENT);
        }
        return (int) alignment;
    }

    private List<TensorHeader> tensors(long count) throws IOException {
        List<TensorHeader> tensors = new ArrayList<>((int) count);
        Set<String> names = new HashSet<>();
        for (long i = 0; i < count; i++) {
            in.field("tensor " + i);
            long start = in.position();
            String name = in.identifier(MAXIMUM_NAME);
            if (!names.add(name)) {
                throw in.failure("the name " + name + " occurs twice", start);
            }
            in.field("tensor " + name);
            Shape shape = shape();
            int type = in.i32();
            long offset = in.i64();
            tensors.add(new TensorHeader(name, type, shape, offset, start));
        }
        return tensors;
    }

    private Shape shape() throws IOException {
        long start = in.position();
        long rank = in.u32();
        if (rank < 1 || rank > 4) {
            throw in.failure(rank + " dimensions; a tensor has 1 to 4", start);
        }
        long[] extents = new long[(int) rank];
        long outer = 1;
        for (int i = 0; i < rank; i++) {
            long extentStart = in.position();
            extents[i] = in.i64();
            if (extents[i] < 1 || extents[i] > Integer.MAX_VALUE) {
                throw in.failure(
                        "extent " + i + " is " + Long.toUnsignedString(extents[i]) + ", outside 1 to "
                                + Integer.MAX_VALUE,
                        extentStart);
            }
            if (i > 0) {
                outer *= extents[i];
                if (outer > Integer.MAX_VALUE) {
                    throw in.failure("the extents are too large together", start);
                }
            }
        }
        return new Shape(extents);
    }
}
