package io.specoffload.model;

import io.specoffload.backend.Kernels;

/**
 * A gated feed-forward that every token passes.
 *
 * @param gating its activation
 * @param epsilon of the norms
 */
record Dense(Gating gating, float epsilon) implements FeedForward {

    @Override
    public void forward(ForwardPass pass, LayerWeights layer) {
        DenseWeights weights = layer.dense();
        Kernels kernels = pass.kernels();
        Activations a = pass.activations();
        int n = pass.rows();
        pass.normHidden(weights.norm(), epsilon);
        gating.apply(pass, weights.inner(), a.normed, n, a.projected);
        if (weights.postNorm() != null) {
            kernels.rmsNorm(a.projected, weights.postNorm(), epsilon, n, a.projected);
        }
        pass.addBranch();
    }
}
