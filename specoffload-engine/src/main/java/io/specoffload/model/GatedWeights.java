package io.specoffload.model;

/**
 * down(activation(gate(x)) * up(x)): a dense feed-forward, or one expert.
 *
 * @param gate [width, inner]
 * @param up [width, inner]
 * @param down [inner, width]
 */
public record GatedWeights(Projection gate, Projection up, Projection down) {}
