package io.specoffload.model;

import io.specoffload.tensor.Tensor;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The weights of one layer's attention.
 *
 * @param norm [width], before the projections
 * @param query to [heads * headSize]
 * @param key to [kvHeads * headSize]
 * @param value to [kvHeads * headSize]
 * @param output back to [width]
 * @param queryNorm [headSize] or null
 * @param keyNorm [headSize] or null
 * @param sinks F32 [heads], a logit per head in the softmax's denominator, or null
 * @param postNorm [width], applied to the result before it is added, or null
 */
public record AttentionWeights(
        Tensor norm,
        Projection query,
        Projection key,
        Projection value,
        Projection output,
        @Nullable Tensor queryNorm,
        @Nullable Tensor keyNorm,
        @Nullable Tensor sinks,
        @Nullable Tensor postNorm) {

    /** The same, with every matrix lent in another way. */
    public AttentionWeights lent(UnaryOperator<LentMatrix> by) {
        return new AttentionWeights(
                norm,
                query.lent(by),
                key.lent(by),
                value.lent(by),
                output.lent(by),
                queryNorm,
                keyNorm,
                sinks,
                postNorm);
    }
}
