package io.specoffload.backend;

import io.specoffload.tensor.DType;
import io.specoffload.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What attention runs over: one entry per row of the batch.
 *
 * @param rows the rows' number n
 * @param views the cache of each row's sequence, length n
 * @param positions each row's position, length at least n; a row attends to positions 0..its own, or to the last
 *     {@code window} of them
 * @param layer layer index in the cache
 * @param heads query heads
 * @param kvHeads key/value heads; heads is a multiple of it
 * @param headSize elements per head
 * @param options scale, window, soft cap
 * @param sinks F32 [heads]: one logit per query head that takes its share of the softmax and has no value, so that a
 *     head may attend to nothing (gpt-oss); not scaled and not capped; null for none
 */
public record AttentionBatch(
        int rows,
        List<? extends KvView> views,
        int[] positions,
        int layer,
        int heads,
        int kvHeads,
        int headSize,
        AttentionOptions options,
        @Nullable Tensor sinks) {

    public AttentionBatch {
        if (sinks != null && (sinks.type() != DType.F32 || sinks.columns() != heads)) {
            throw new IllegalArgumentException(sinks.name() + ": attention sinks must be F32 [" + heads + "], not "
                    + sinks.type() + " " + sinks.shape());
        }
    }

    /** Without attention sinks. */
    public AttentionBatch(
            int rows,
            List<? extends KvView> views,
            int[] positions,
            int layer,
            int heads,
            int kvHeads,
            int headSize,
            AttentionOptions options) {
        this(rows, views, positions, layer, heads, kvHeads, headSize, options, null);
    }

    /** The sink's logit of a query head; negative infinity, whose share is 0, if there is none. */
    public float sink(int head) {
        return sinks == null
                ? Float.NEGATIVE_INFINITY
                : sinks.data().get(ValueLayout.JAVA_FLOAT_UNALIGNED, (long) head * Float.BYTES);
    }
}
