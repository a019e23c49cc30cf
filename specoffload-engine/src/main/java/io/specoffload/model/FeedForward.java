package io.specoffload.model;

/**
 * The feed-forward of a layer: reads the hidden state and adds to it, or leaves its result to be added
 * ({@link ForwardPass#addBranch}).
 */
sealed interface FeedForward permits Dense, MixtureOfExperts {

    void forward(ForwardPass pass, LayerWeights weights);
}
