package io.specoffload.model;

import io.specoffload.tensor.Tensor;

/**
 * What a layer of experts needs before it knows which ones.
 *
 * @param norm [width], before router and experts
 * @param router [width, experts]
 */
public record RouterWeights(Tensor norm, Projection router) {}
