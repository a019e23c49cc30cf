package io.specoffload.hardware;

import io.specoffload.tensor.DType;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * What a forward pass costs besides the arithmetic of its matrix products, with all cores.
 *
 * @param productSeconds of a matrix product however small it is: starting it, and joining its threads
 * @param layerSeconds of the other kernels of a layer, attention excluded, however few rows there are
 * @param elementSeconds of the same kernels (norms, rotation, activation functions, writing the cache) per row and element
 *     that they touch: 6 times the width of a hidden state, 2 times that of all queries, 3 times the inner width
 * @param logitSeconds of fetching a row's logits and choosing a token, per token of the vocabulary
 * @param attention by type of the KV cache's elements
 */
public record PassCosts(
        double productSeconds,
        double layerSeconds,
        double elementSeconds,
        double logitSeconds,
        Map<DType, AttentionCost> attention) {

    public PassCosts {
        Checks.notNegative("productSeconds", productSeconds);
        Checks.notNegative("layerSeconds", layerSeconds);
        Checks.notNegative("elementSeconds", elementSeconds);
        Checks.notNegative("logitSeconds", logitSeconds);
        Checks.present("attention", attention);
        if (attention.isEmpty()) {
            throw new IllegalArgumentException("attention has no type of cache");
        }
        attention = Collections.unmodifiableMap(new EnumMap<>(attention));
    }

    /**
     * Attention over a cache.
     *
     * @param cachedByteSeconds per byte of keys and values that a sequence's rows read together
     * @param scoreSeconds per row, position and element of all query heads: a product with a key and one with a value
     */
    public record AttentionCost(double cachedByteSeconds, double scoreSeconds) {

        public AttentionCost {
            Checks.notNegative("cachedByteSeconds", cachedByteSeconds);
            Checks.notNegative("scoreSeconds", scoreSeconds);
        }
    }

    /** Of a type of cache; one that was not measured counts as the one whose elements are scored slowest. */
    public AttentionCost attention(DType type) {
        AttentionCost own = attention.get(type);
        return own != null
                ? own
                : attention.values().stream()
                        .max((a, b) -> Double.compare(a.scoreSeconds(), b.scoreSeconds()))
                        .orElseThrow();
    }
}
