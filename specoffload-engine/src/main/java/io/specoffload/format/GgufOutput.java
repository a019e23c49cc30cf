package io.specoffload.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** A growing little-endian buffer that knows how GGUF encodes values. */
final class GgufOutput {

    private static final long MAXIMUM_UINT32 = 0xFFFF_FFFFL;

    private ByteBuffer buffer = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);

    GgufOutput i32(int value) {
        room(Integer.BYTES).putInt(value);
        return this;
    }

    GgufOutput i64(long value) {
        room(Long.BYTES).putLong(value);
        return this;
    }

    GgufOutput string(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        i64(bytes.length);
        room(bytes.length).put(bytes);
        return this;
    }

    GgufOutput padTo(int alignment) {
        int padding = -buffer.position() & (alignment - 1);
        room(padding).put(new byte[padding]);
        return this;
    }

    /** What was written, from the beginning. */
    ByteBuffer toBuffer() {
        return buffer.duplicate().flip();
    }

    /** A value's type, then the value. */
    void typedValue(String key, Object value) {
        GgufType type = typeOf(key, value);
        i32(type.ordinal());
        value(key, type, value);
    }

    private void value(String key, GgufType type, Object value) {
        switch (type) {
            case STRING -> string((String) value);
            case BOOL -> room(1).put((byte) ((Boolean) value ? 1 : 0));
            case FLOAT32 -> room(Float.BYTES).putFloat(((Number) value).floatValue());
            case FLOAT64 -> room(Double.BYTES).putDouble(((Number) value).doubleValue());
            case UINT8, INT8 -> room(1).put(((Number) value).byteValue());
            case UINT16, INT16 -> room(Short.BYTES).putShort(((Number) value).shortValue());
            case UINT32, INT32 -> i32(((Number) value).intValue());
            case UINT64, INT64 -> i64(((Number) value).longValue());
            case ARRAY -> array(key, value);
        }
    }

    private static GgufType typeOf(String key, Object value) {
        return switch (value) {
            case String text -> GgufType.STRING;
            case Boolean flag -> GgufType.BOOL;
            case Float number -> GgufType.FLOAT32;
            case Double number ->
                Double.compare((double) number.floatValue(), number) == 0 ? GgufType.FLOAT32 : GgufType.FLOAT64;
            case Byte number -> GgufType.UINT8;
            case Short number -> GgufType.UINT16;
            case Integer number -> number >= 0 ? GgufType.UINT32 : GgufType.INT32;
            case Long number -> integerType(number, number);
            case int[] array -> GgufType.ARRAY;
            case long[] array -> GgufType.ARRAY;
            case float[] array -> GgufType.ARRAY;
            case double[] array -> GgufType.ARRAY;
            case boolean[] array -> GgufType.ARRAY;
            case List<?> list -> GgufType.ARRAY;
            default ->
                throw new IllegalArgumentException(
                        "metadata " + key + ": values of " + value.getClass() + " have no GGUF type");
        };
    }

    private static GgufType integerType(long minimum, long maximum) {
        if (minimum >= 0 && maximum <= MAXIMUM_UINT32) {
            return GgufType.UINT32;
        }
        return minimum >= Integer.MIN_VALUE && maximum <= Integer.MAX_VALUE ? GgufType.INT32 : GgufType.INT64;
    }

    private void array(String key, Object value) {
        switch (value) {
            case int[] values -> integers(Arrays.stream(values).asLongStream().toArray());
            case long[] values -> integers(values);
            case float[] values -> {
                arrayHead(GgufType.FLOAT32, values.length);
                for (float element : values) {
                    room(Float.BYTES).putFloat(element);
                }
            }
            case double[] values -> {
                arrayHead(GgufType.FLOAT64, values.length);
                for (double element : values) {
                    room(Double.BYTES).putDouble(element);
                }
            }
            case boolean[] values -> {
                arrayHead(GgufType.BOOL, values.length);
                for (boolean element : values) {
                    room(1).put((byte) (element ? 1 : 0));
                }
            }
            case List<?> list -> objects(key, list);
            default -> throw new IllegalArgumentException("metadata " + key + ": " + value.getClass());
        }
    }

    /** Signed where that is possible: readers expect {@code tokenizer.ggml.token_type} as i32. */
    private void integers(long[] values) {
        long minimum = Arrays.stream(values).min().orElse(0);
        long maximum = Arrays.stream(values).max().orElse(0);
        boolean fits = minimum >= Integer.MIN_VALUE && maximum <= Integer.MAX_VALUE;
        GgufType type = fits ? GgufType.INT32 : integerType(minimum, maximum);
        arrayHead(type, values.length);
        for (long value : values) {
            value("", type, value);
        }
    }

    private void objects(String key, List<?> list) {
        GgufType type = list.isEmpty() ? GgufType.STRING : typeOf(key, list.getFirst());
        if (type != GgufType.STRING && type != GgufType.ARRAY
                || !list.stream().allMatch(element -> typeOf(key, element) == type)) {
            throw new IllegalArgumentException(
                    "metadata " + key + ": a list must hold only strings or only arrays; numbers go into a Java array");
        }
        arrayHead(type, list.size());
        list.forEach(element -> value(key, type, element));
    }

    private void arrayHead(GgufType type, int length) {
        i32(type.ordinal()).i64(length);
    }

    private ByteBuffer room(int bytes) {
        if (buffer.remaining() < bytes) {
            int capacity = Math.max(2 * buffer.capacity(), Math.addExact(buffer.position(), bytes));
            buffer =
                    ByteBuffer.allocate(capacity).order(ByteOrder.LITTLE_ENDIAN).put(buffer.flip());
        }
        return buffer;
    }
}
