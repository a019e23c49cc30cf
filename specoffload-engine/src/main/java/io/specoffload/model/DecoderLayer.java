package io.specoffload.model;

/**
 * One layer of the decoder: attention, then feed-forward, each added to the hidden state.
 *
 * @param index its number
 */
public record DecoderLayer(int index, Attention attention, FeedForward feedForward) {

    /** Advances the pass's hidden state by this layer. */
    public void forward(ForwardPass pass, LayerWeights weights) {
        attention.forward(pass, weights);
        feedForward.forward(pass, weights);
    }
}
