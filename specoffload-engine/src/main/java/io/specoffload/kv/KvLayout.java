package io.specoffload.kv;

import io.specoffload.backend.KvBlockFormat;
import io.specoffload.tensor.DType;

/**
 * What a page of a cache holds: {@link #PAGE_POSITIONS} positions of every layer of one sequence. Layer follows layer;
 * a layer is a
 * block of {@link KvBlockFormat}.
 *
 * @param layers layers of the model
 * @param kvHeads key/value heads per layer
 * @param headSize elements per head
 * @param type F32, F16 or Q8_0
 */
public record KvLayout(int layers, int kvHeads, int headSize, DType type) {

    /** Positions per page. */
    public static final int PAGE_POSITIONS = KvBlockFormat.POSITIONS;

    public KvLayout {
        if (layers < 1 || kvHeads < 1 || headSize < 1) {
            throw new IllegalArgumentException(
                    "layers, kvHeads and headSize must be positive: " + layers + ", " + kvHeads + ", " + headSize);
        }
        if (!KvBlockFormat.isSupported(type)) {
            throw new IllegalArgumentException("a KV cache holds F32, F16 or Q8_0, not " + type);
        }
    }

    /** The bytes of one layer in one page. */
    public KvBlockFormat blockFormat() {
        return new KvBlockFormat(type, kvHeads, headSize);
    }

    /** Bytes of one layer's keys and values in one page. */
    public long layerBytes() {
        return blockFormat().blockBytes();
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
