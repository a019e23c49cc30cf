package io.specoffload.model;

import io.specoffload.backend.AttentionOptions;
import io.specoffload.backend.Kernels;
import io.specoffload.model.Architecture.Trait;
import io.specoffload.model.ModelConfig.AttentionConfig;
import io.specoffload.model.ModelConfig.ExpertConfig;
import io.specoffload.model.OuterWeights.EmbeddingRows;
import io.specoffload.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * A decoder-only transformer: what is computed, without weights. A pass goes through {@link #embed}, the
 * {@link #layers} in order, and {@link #logits}. Immutable.
 */
public final class DecoderModel {

    private final ModelConfig config;
    private final List<DecoderLayer> layers;

    DecoderModel(ModelConfig config, RopeTables ropes) {
        this.config = config;
        List<DecoderLayer> built = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            built.add(new DecoderLayer(i, attention(i, ropes), feedForward(i)));
        }
        this.layers = List.copyOf(built);
    }

    private Attention attention(int layer, RopeTables ropes) {
        AttentionConfig attention = config.attention();
        boolean windowed = attention.windowLayers().contains(layer);
        int window = windowed ? attention.window() : Integer.MAX_VALUE;
        AttentionOptions options = new AttentionOptions(attention.scale(), window, attention.softCap());
        return new Attention(
                layer, attention, windowed ? ropes.window() : ropes.global(), options, config.normEpsilon());
    }

    private FeedForward feedForward(int layer) {
        Gating gating = gating();
        ExpertConfig experts = config.experts();
        return experts == null
                ? new Dense(gating, config.normEpsilon())
                : new MixtureOfExperts(layer, gating, experts.used(), config.normEpsilon());
    }

    private Gating gating() {
        if (config.architecture().has(Trait.CLAMPED_SWIGLU)) {
            return Gating.CLAMPED_SWIGLU;
        }
        return config.architecture().has(Trait.GELU) ? Gating.GELU : Gating.SILU;
    }

    public ModelConfig config() {
        return config;
    }

    public List<DecoderLayer> layers() {
        return layers;
    }

    /** Sets the pass's hidden state to its tokens' embeddings. */
    public void embed(ForwardPass pass, OuterWeights weights) {
        Activations a = pass.activations();
        try (Lease<EmbeddingRows> lease = weights.embedding(pass.tokens(), pass.rows())) {
            EmbeddingRows needed = lease.weights();
            pass.kernels().embed(needed.table(), needed.rows(), pass.rows(), a.hidden);
        }
        if (config.embeddingScale() != 1) {
            pass.kernels().scale(a.hidden, config.embeddingScale(), pass.rows() * config.width());
        }
    }

    /** Computes the logits of the rows that want them, and of no others, and appends them to {@code sink}. */
    public void logits(ForwardPass pass, OuterWeights weights, LogitsBuffer sink) {
        if (pass.logitCount() == 0) {
            return;
        }
        LentMatrix head = weights.head();
        for (int piece = 0; piece < head.pieces(); piece++) {
            try (Lease<Tensor> lease = head.piece(piece)) {
                logits(pass, weights.norm(), lease.weights(), head.firstRow(piece), sink);
            }
        }
        sink.advance(pass.logitCount());
    }

    /** The logits of as many tokens as there are rows in a piece of the head, from one on. */
    private void logits(ForwardPass pass, Tensor norm, Tensor head, int token, LogitsBuffer sink) {
        Kernels kernels = pass.kernels();
        Activations a = pass.activations();
        pass.settle(config.width());
        int step = Math.min(Activations.LOGIT_ROWS, a.maxRows());
        for (int from = 0; from < pass.logitCount(); from += step) {
            int n = Math.min(step, pass.logitCount() - from);
            kernels.gatherRows(a.hidden, pass.logitRows(from, n), n, config.width(), a.projected);
            kernels.rmsNorm(a.projected, norm, config.normEpsilon(), n, a.normed);
            kernels.matmul(head, a.normed, n, a.logits);
            if (config.finalSoftCap() != 0) {
                kernels.softCap(a.logits, config.finalSoftCap(), n * head.rows());
            }
            sink.put(a.logits, from, n, token, head.rows());
        }
    }
}
