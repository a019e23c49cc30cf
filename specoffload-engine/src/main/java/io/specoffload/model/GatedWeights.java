package io.specoffload.model;

import java.util.function.UnaryOperator;

/**
 * down(activation(gate(x)) * up(x)): a dense feed-forward, or one expert.
 *
 * @param gate [width, inner]
 * @param up [width, inner]
 * @param down [inner, width]
 */
public record GatedWeights(Projection gate, Projection up, Projection down) {

    /** The same, with every matrix lent in another way. */
    public GatedWeights lent(UnaryOperator<LentMatrix> by) {
        return new GatedWeights(gate.lent(by), up.lent(by), down.lent(by));
    }
}
