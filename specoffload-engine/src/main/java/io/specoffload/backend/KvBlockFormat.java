package io.specoffload.backend;

import io.specoffload.tensor.DType;

/**
 * The bytes of one block of a key-value cache: {@link #POSITIONS} positions of one layer of one sequence. First come the
 * keys of every head, then the values of every head.
 *
 * <p>One head's keys are transposed, [headSize][position]: the scores of all positions are then one vector operation
 * per element of the query, without sums across a vector. Its values are [position][headSize]. In {@link DType#Q8_0} an
 * element is a signed byte, and each 32 elements of one head's row (the last ones may be fewer) share a float16 scale;
 * the scales follow the head's bytes as [headSize / 32][position] for keys, as [position][headSize / 32] for values.
 *
 * @param type F32, F16 or Q8_0
 * @param kvHeads key/value heads
 * @param headSize elements per head
 */
public record KvBlockFormat(DType type, int kvHeads, int headSize) {

    /** Positions per block, and the blocks that attention's softmax runs over. */
    public static final int POSITIONS = 64;

    /** Elements that share a scale in Q8_0. */
    public static final int SCALED = 32;

    public KvBlockFormat {
        if (kvHeads < 1 || headSize < 1) {
            throw new IllegalArgumentException("kvHeads and headSize must be positive: " + kvHeads + ", " + headSize);
        }
        if (!isSupported(type)) {
            throw new IllegalArgumentException("a KV cache holds F32, F16 or Q8_0, not " + type);
        }
    }

    /** Whether a cache may have this element type. */
    public static boolean isSupported(DType type) {
        return type == DType.F32 || type == DType.F16 || type == DType.Q8_0;
    }

    /** Scales per head and position. */
    public int scales() {
        return type == DType.Q8_0 ? Math.ceilDiv(headSize, SCALED) : 0;
    }

    /** Bytes of an element, without its share of a scale. */
    public int elementBytes() {
        return type == DType.F32 ? 4 : type == DType.F16 ? 2 : 1;
    }

    /** Where a head's scales begin within its keys or values, in bytes. */
    public long scaleOffset() {
        return (long) POSITIONS * headSize * elementBytes();
    }

    /** Bytes of one head's keys, or of its values. */
    public long headBytes() {
        return scaleOffset() + 2L * POSITIONS * scales();
    }

    /** Offset of a head's keys. */
    public long keys(int head) {
        return head * headBytes();
    }

    /** Offset of a head's values. */
    public long values(int head) {
        return (kvHeads + head) * headBytes();
    }

    /** Bytes of a block. */
    public long blockBytes() {
        return Math.multiplyExact(2L * kvHeads, headBytes());
    }
}
