package io.specoffload.model;

import io.specoffload.tensor.Tensor;

/**
 * down(activation(gate(x)) * up(x)): a dense feed-forward, or one expert.
 *
 * @param gate [width, inner]
 * @param up [width, inner]
 * @param down [inner, width]
 */
public record GatedWeights(Tensor gate, Tensor up, Tensor down) {}
