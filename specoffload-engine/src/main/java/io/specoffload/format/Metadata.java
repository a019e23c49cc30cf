package io.specoffload.format;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The key-value section of a checkpoint, with typed access. Values are {@link Long} (every integer type; u64 values
 * above {@code Long.MAX_VALUE} are refused by the reader), {@link Double} (f32 and f64), {@link Boolean},
 * {@link String}, and for arrays {@code long[]}, {@code float[]}, {@code double[]}, {@code boolean[]} or
 * {@code List<String>} (other nested arrays: {@code List<Object>}).
 *
 * <p>Each getter throws {@link ModelFormatException} naming the key when the value is of another kind.
 */
public final class Metadata {

    private final Map<String, Object> values;

    public Metadata(Map<String, Object> values) {
        this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /** All entries in file order; not modifiable. */
    public Map<String, Object> asMap() {
        return values;
    }

    public boolean contains(String key) {
        return values.containsKey(key);
    }

    public Optional<String> string(String key) {
        return get(key, String.class);
    }

    public Optional<Boolean> bool(String key) {
        return get(key, Boolean.class);
    }

    /** An integer value. */
    public Optional<Long> integer(String key) {
        return get(key, Long.class);
    }

    /** An integer value that must fit an int. */
    public Optional<Integer> int32(String key) {
        return integer(key).map(value -> {
            if (value < Integer.MIN_VALUE || value > Integer.MAX_VALUE) {
                throw new ModelFormatException(key + ": " + value + " is out of range");
            }
            return value.intValue();
        });
    }

    /** A floating-point value; an integer is accepted too. */
    public Optional<Double> real(String key) {
        Object value = values.get(key);
        if (value instanceof Long number) {
            return Optional.of(number.doubleValue());
        }
        return get(key, Double.class);
    }

    @SuppressWarnings("unchecked")
    public Optional<List<String>> strings(String key) {
        Object value = values.get(key);
        if (value == null) {
            return Optional.empty();
        }
        if (value instanceof List<?> list && list.stream().allMatch(String.class::isInstance)) {
            return Optional.of((List<String>) list);
        }
        throw wrong(key, "an array of strings", value);
    }

    public Optional<float[]> floats(String key) {
        return get(key, float[].class);
    }

    public Optional<long[]> integers(String key) {
        return get(key, long[].class);
    }

    public Optional<boolean[]> bools(String key) {
        return get(key, boolean[].class);
    }

    /** The value of a key that must be present. */
    public static <T> T required(String key, Optional<T> value) {
        return value.orElseThrow(() -> new ModelFormatException("metadata key " + key + " is missing"));
    }

    private <T> Optional<T> get(String key, Class<T> type) {
        Object value = values.get(key);
        if (value == null) {
            return Optional.empty();
        }
        if (!type.isInstance(value)) {
            throw wrong(key, type.getSimpleName(), value);
        }
        return Optional.of(type.cast(value));
    }

    private static ModelFormatException wrong(String key, String expected, Object value) {
        return new ModelFormatException("metadata key " + key + ": expected " + expected + ", found "
                + value.getClass().getSimpleName());
    }
}
