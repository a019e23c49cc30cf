package io.specoffload.backend;

import java.util.List;

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
 */
public record AttentionBatch(
        int rows,
        List<? extends KvView> views,
        int[] positions,
        int layer,
        int heads,
        int kvHeads,
        int headSize,
        AttentionOptions options) {}
