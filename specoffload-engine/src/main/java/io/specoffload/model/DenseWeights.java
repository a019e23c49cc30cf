package io.specoffload.model;

import io.specoffload.tensor.Tensor;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The weights of one layer's dense feed-forward.
 *
 * @param norm [width], before the projections
 * @param inner the gated projections
 * @param postNorm [width], applied to the result before it is added, or null
 */
public record DenseWeights(
        Tensor norm, GatedWeights inner, @Nullable Tensor postNorm) {

    /** The same, with every matrix lent in another way. */
    public DenseWeights lent(UnaryOperator<LentMatrix> by) {
        return new DenseWeights(norm, inner.lent(by), postNorm);
    }
}
