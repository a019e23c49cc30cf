package io.specoffload.plan;

import io.specoffload.tensor.DType;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What a forward pass of a model computes, independent of where its weights lie.
 *
 * @param matrices weight matrices of all layers and the output head
 * @param layers number of layers
 * @param width elements of a hidden state
 * @param queryWidth query heads times head size
 * @param activeWidth elements of the inner feed-forward products of one row: inner width times experts used
 * @param vocabulary rows of the output head
 * @param kvBytesPerToken bytes of keys and values of one position, over all layers, by type of the cache's elements
 */
public record ComputeFootprint(
        List<MatrixGroup> matrices,
        int layers,
        int width,
        int queryWidth,
        int activeWidth,
        int vocabulary,
        Map<DType, Double> kvBytesPerToken) {

    public ComputeFootprint {
        matrices = List.copyOf(matrices);
        kvBytesPerToken = Collections.unmodifiableMap(new EnumMap<>(kvBytesPerToken));
    }

    /** Bytes of keys and values of one position in a cache of a type, over all layers. */
    double kvBytesPerToken(DType type) {
        Double bytes = kvBytesPerToken.get(type);
        if (bytes == null) {
            throw new IllegalArgumentException(
                    "no cache of " + type + " is planned, but of " + kvBytesPerToken.keySet());
        }
        return bytes;
    }
}
