package io.specoffload.plan;

import io.specoffload.tensor.DType;
import java.util.List;

/**
 * What a forward pass of a model computes, independent of where its weights lie.
 *
 * @param matrices weight matrices of all layers and the output head
 * @param layers number of layers
 * @param width elements of a hidden state
 * @param queryWidth query heads times head size
 * @param activeWidth elements of the inner feed-forward products of one row: inner width times experts used
 * @param vocabulary rows of the output head
 * @param kvType of the cache's elements
 * @param kvBytesPerToken bytes of keys and values of one position, over all layers
 */
public record ComputeFootprint(
        List<MatrixGroup> matrices,
        int layers,
        int width,
        int queryWidth,
        int activeWidth,
        int vocabulary,
        DType kvType,
        double kvBytesPerToken) {

    public ComputeFootprint {
        matrices = List.copyOf(matrices);
    }
}
