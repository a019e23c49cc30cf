package io.specoffload.execution;

import io.specoffload.model.LayerWeights;
import io.specoffload.model.ModelWeights;
import io.specoffload.model.OuterWeights;

/**
 * A background model's weights: before each layer the pass waits until the foreground model does not compute. Owns
 * nothing.
 */
public record YieldingWeights(ModelWeights weights, ComputeGate gate) implements ModelWeights {

    @Override
    public OuterWeights outer() {
        gate.awaitTurn();
        return weights.outer();
    }

    @Override
    public LayerWeights layer(int index) {
        gate.awaitTurn();
        return weights.layer(index);
    }
}
