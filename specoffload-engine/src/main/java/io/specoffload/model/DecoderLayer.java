package io.specoffload.model;

/**
 * One layer of the decoder: attention, then feed-forward, each added to the hidden state.
 *
 * @param index its number
 */
public record DecoderLayer(int index, Attention attention, FeedForward feedForward) {

    /** Advances the pass's hidden state by this layer. */
    public void forward(ForwardPass pass, LayerWeights weights) {
        attend(pass, weights);
        feed(pass, weights);
    }

    /** The first half: attention. */
    public void attend(ForwardPass pass, LayerWeights weights) {
        attention.forward(pass, weights);
    }

    /** The second half: feed-forward. */
    public void feed(ForwardPass pass, LayerWeights weights) {
        feedForward.forward(pass, weights);
    }

    /**
     * The experts that this layer's router would choose if the hidden state stayed as it is: a guess, made while an
     * earlier layer is computed.
     *
     * @return expert numbers, ascending; none for a layer without experts
     */
    public int[] foreseeExperts(ForwardPass pass, LayerWeights weights) {
        return feedForward instanceof MixtureOfExperts experts ? experts.foresee(pass, weights) : new int[0];
    }
}
