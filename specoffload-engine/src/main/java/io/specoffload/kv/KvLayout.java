package io.specoffload.kv;

import io.specoffload.tensor.DType;

/**
 * What a page of a cache holds: {@link #PAGE_POSITIONS} positions of every layer of one sequence. Layer follows layer;
 * within a layer come the keys, then the values, both [kvHead][position][headSize].
 *
 * @param layers layers of the model
 * @param kvHeads key/value heads per layer
 * @param headSize elements per head
 * @param type F32 or F16
 */
public record KvLayout(int layers, int kvHeads, int headSize, DType type) {

    /** Positions per page. */
    public static final int PAGE_POSITIONS = 64;

    public KvLayout {
        if (layers < 1 || kvHeads < 1 || headSize < 1) {
            throw new IllegalArgumentException(
                    "layers, kvHeads and headSize must be positive: " + layers + ", " + kvHeads + ", " + headSize);
        }
        if (type != DType.F32 && type != DType.F16) {
            throw new IllegalArgumentException("a KV cache holds F32 or F16, not " + type);
        }
    }

    /** Bytes of one layer's keys and values in one page. */
    public long layerBytes() {
        long elements = Math.multiplyExact(2L * kvHeads * PAGE_POSITIONS, (long) headSize);
        return type.bytesFor(elements);
    }

    /** Bytes of one page. */
    public long pageBytes() {
        return Math.multiplyExact(layerBytes(), (long) layers);
    }

    /** Pages that {@code positions} rows of one sequence take. */
    public static int pagesFor(int positions) {
        return Math.ceilDiv(positions, PAGE_POSITIONS);
    }
}
