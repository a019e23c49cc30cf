package io.specoffload.model;

import io.specoffload.tensor.Tensor;

/**
 * The tensors outside the layers.
 *
 * @param embedding [width, vocabulary]
 * @param norm [width], after the last layer
 * @param head [width, vocabulary]; the embedding itself where the two are tied
 */
public record OuterTensors(Tensor embedding, Tensor norm, LentMatrix head) {}
