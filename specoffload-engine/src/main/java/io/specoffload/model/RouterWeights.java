package io.specoffload.model;

import io.specoffload.tensor.Tensor;
import java.util.function.UnaryOperator;

/**
 * What a layer of experts needs before it knows which ones.
 *
 * @param norm [width], before router and experts
 * @param router [width, experts]
 */
public record RouterWeights(Tensor norm, Projection router) {

    /** The same, with every matrix lent in another way. */
    public RouterWeights lent(UnaryOperator<LentMatrix> by) {
        return new RouterWeights(norm, router.lent(by));
    }
}
