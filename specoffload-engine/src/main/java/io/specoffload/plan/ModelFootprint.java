package io.specoffload.plan;

/**
 * A target model's sizes, as the cost model needs them. Layers are taken to be alike.
 *
 * @param layers L
 * @param attentionBytes stored bytes of one layer's attention weights, norms and router
 * @param attentionParameters their number
 * @param experts experts per layer, E; 1 for a dense model
 * @param expertsUsed experts per token, k; 1 for a dense model
 * @param expertBytes stored bytes of one expert (dense: of the feed-forward part)
 * @param expertParameters their number
 * @param sharedBytes stored bytes of one layer's shared experts; 0 if there are none
 * @param sharedParameters their number
 * @param outerBytes stored bytes of embedding and output head
 * @param headParameters parameters of the output head
 * @param kvBytesPerToken bytes of keys and values per layer and token
 * @param width d, elements of a hidden state
 * @param queryWidth query heads times head size
 * @param feedForwardWidth inner width of one expert
 * @param vocabulary tokens of the output head
 * @param activationBytes bytes of one activation
 */
public record ModelFootprint(
        int layers,
        long attentionBytes,
        long attentionParameters,
        int experts,
        int expertsUsed,
        long expertBytes,
        long expertParameters,
        long sharedBytes,
        long sharedParameters,
        long outerBytes,
        long headParameters,
        long kvBytesPerToken,
        int width,
        int queryWidth,
        int feedForwardWidth,
        int vocabulary,
        int activationBytes) {

    /** Bytes of one layer's weights. */
    public long layerBytes() {
        return attentionBytes + experts * expertBytes + sharedBytes;
    }

    /** Bytes of all weights. */
    public long bytes() {
        return layers * layerBytes() + outerBytes;
    }

    /** FLOP that one token takes in one layer, without attention over the context. */
    public double layerFlop() {
        return 2.0 * (attentionParameters + expertsUsed * (double) expertParameters + sharedParameters);
    }
}
