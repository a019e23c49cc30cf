package io.specoffload.model;

import io.specoffload.backend.AttentionBatch;
import io.specoffload.backend.AttentionOptions;
import io.specoffload.backend.Kernels;
import io.specoffload.backend.RopeTable;
import io.specoffload.model.ModelConfig.AttentionConfig;

/**
 * Grouped-query self-attention of one layer over the paged cache; its result is left to be added to the hidden state.
 *
 * @param layer index in the cache
 * @param config heads
 * @param rope rotation of this layer
 * @param options scale and mask of this layer
 * @param epsilon of the norms
 */
record Attention(int layer, AttentionConfig config, RopeTable rope, AttentionOptions options, float epsilon) {

    void forward(ForwardPass pass, LayerWeights weights) {
        forward(pass, weights.attention());
    }

    private void forward(ForwardPass pass, AttentionWeights weights) {
        Kernels kernels = pass.kernels();
        Activations a = pass.activations();
        int n = pass.rows();
        pass.normHidden(weights.norm(), epsilon);
        weights.query().apply(pass, a.normed, a.queries);
        weights.key().apply(pass, a.normed, a.keys);
        weights.value().apply(pass, a.normed, a.values);
        if (weights.queryNorm() != null) {
            kernels.rmsNorm(a.queries, weights.queryNorm(), epsilon, n * config.heads(), a.queries);
        }
        if (weights.keyNorm() != null) {
            kernels.rmsNorm(a.keys, weights.keyNorm(), epsilon, n * config.kvHeads(), a.keys);
        }
        kernels.rope(a.queries, pass.positions(), n, config.heads(), config.headSize(), rope);
        kernels.rope(a.keys, pass.positions(), n, config.kvHeads(), config.headSize(), rope);

        AttentionBatch batch = pass.attentionBatch(layer, config, options, weights.sinks());
        kernels.storeKv(batch, a.keys, a.values);
        kernels.attention(batch, a.queries, a.attended);

        weights.output().apply(pass, a.attended, a.projected);
        if (weights.postNorm() != null) {
            kernels.rmsNorm(a.projected, weights.postNorm(), epsilon, n, a.projected);
        }
        pass.addBranch();
    }
}
