package io.specoffload.execution;

import java.util.function.Supplier;

/** Guesses which experts a layer will need, while the layer before it is computed. A wrong guess costs time only. */
@FunctionalInterface
public interface ExpertPredictor {

    /** What the layer's router makes of the hidden state that is there already. */
    ExpertPredictor ROUTER_AHEAD = (layer, routedEarly) -> routedEarly.get();

    /** No guess. */
    ExpertPredictor NONE = (layer, routedEarly) -> new int[0];

    /**
     * @param layer whose experts are guessed
     * @param routedEarly computes the router's early opinion, ascending
     * @return expert numbers, the likeliest first
     */
    int[] predict(int layer, Supplier<int[]> routedEarly);
}
