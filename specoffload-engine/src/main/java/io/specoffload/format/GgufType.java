package io.specoffload.format;

/** Types of metadata values, numbered as in the GGUF specification. */
enum GgufType {
    UINT8(1),
    INT8(1),
    UINT16(2),
    INT16(2),
    UINT32(4),
    INT32(4),
    FLOAT32(4),
    BOOL(1),
    STRING(8),
    ARRAY(12),
    UINT64(8),
    INT64(8),
    FLOAT64(8);

    private static final GgufType[] VALUES = values();

    private final int minimumBytes;

    GgufType(int minimumBytes) {
        this.minimumBytes = minimumBytes;
    }

    /** Bytes that one value takes at least. */
    int minimumBytes() {
        return minimumBytes;
    }

    boolean isInteger() {
        return switch (this) {
            case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> true;
            default -> false;
        };
    }

    /** The type of this number. */
    static GgufType of(long number, GgufInput in, long offset) {
        if (number >= VALUES.length) {
            throw in.failure("unknown value type " + number + "; known are 0 to " + (VALUES.length - 1), offset);
        }
        return VALUES[(int) number];
    }
}
