package io.specoffload.testing;

import java.util.stream.Stream;

/**
 * A model family with free choice of sizes: what {@link NaiveDecoder} computes with and {@link #write} writes.
 *
 * @param family the architecture's name
 * @param layers number of layers
 * @param width of the hidden state
 * @param heads query heads
 * @param kvHeads key/value heads
 * @param headSize elements per head
 * @param rotated rotated elements per head
 * @param inner width of the feed-forward or of an expert
 * @param experts experts per layer, 0 for a dense model
 * @param used experts per token
 * @param window positions that a layer with a sliding window sees, 0 for none
 * @param period every period-th layer has no window
 */
public record FamilyShape(
        String family,
        int layers,
        int width,
        int heads,
        int kvHeads,
        int headSize,
        int rotated,
        int inner,
        int experts,
        int used,
        int window,
        int period) {

    public static final double BASE = 5000;
    public static final double WINDOW_BASE = 10_000;
    public static final double EPSILON = 1e-5;
    public static final int VOCABULARY = RandomModel.VOCABULARY;

    /** One small shape, or two, of every family: shared heads, experts, sliding windows shorter than a test's text. */
    public static Stream<FamilyShape> families() {
        return Stream.of(
                dense("llama", 48, 6, 2, 8, 80),
                dense("llama", 32, 4, 2, 8, 40).withExperts(6, 2),
                dense("qwen2", 56, 7, 1, 8, 72),
                dense("qwen3", 32, 4, 1, 24, 48),
                dense("qwen3moe", 32, 4, 4, 16, 24).withExperts(9, 3),
                dense("gemma2", 32, 4, 2, 24, 48).withWindow(4, 7, 2),
                dense("gemma3", 32, 2, 1, 24, 48).withWindow(4, 65, 3),
                dense("gpt-oss", 48, 6, 2, 8, 40).withExperts(6, 2).withWindow(4, 24, 2),
                dense("phi3", 48, 6, 2, 8, 56).withRotated(6));
    }

    public static FamilyShape dense(String family, int width, int heads, int kvHeads, int headSize, int inner) {
        return new FamilyShape(family, 3, width, heads, kvHeads, headSize, headSize, inner, 0, 0, 0, 1);
    }

    public FamilyShape withLayers(int count) {
        return new FamilyShape(
                family, count, width, heads, kvHeads, headSize, rotated, inner, experts, used, window, period);
    }

    public FamilyShape withRotated(int value) {
        return new FamilyShape(
                family, layers, width, heads, kvHeads, headSize, value, inner, experts, used, window, period);
    }

    public FamilyShape withExperts(int count, int perToken) {
        return new FamilyShape(
                family, layers, width, heads, kvHeads, headSize, rotated, inner, count, perToken, window, period);
    }

    public FamilyShape withWindow(int count, int size, int every) {
        return new FamilyShape(
                family, count, width, heads, kvHeads, headSize, rotated, inner, experts, used, size, every);
    }

    boolean gemma() {
        return family.startsWith("gemma");
    }

    boolean gptOss() {
        return family.equals("gpt-oss");
    }

    boolean normedHeads() {
        return family.startsWith("qwen3") || family.equals("gemma3");
    }

    boolean windowed(int layer) {
        return window > 0 && (layer + 1) % period != 0;
    }

    /** A file of random weights. */
    public RandomModel write(long seed) {
        RandomModel model = RandomModel.empty(family, seed)
                .with(family + ".block_count", (long) layers)
                .with(family + ".embedding_length", (long) width)
                .with(family + ".feed_forward_length", (long) inner)
                .with(family + ".context_length", 512L)
                .with(family + ".attention.head_count", (long) heads)
                .with(family + ".attention.head_count_kv", (long) kvHeads)
                .with(family + ".attention.key_length", (long) headSize)
                .with(family + ".attention.value_length", (long) headSize)
                .with(family + ".attention.layer_norm_rms_epsilon", EPSILON)
                .with(family + ".rope.dimension_count", (long) rotated)
                .with(family + ".rope.freq_base", BASE)
                .tensor("token_embd.weight", width, VOCABULARY)
                .tensor("output_norm.weight", width);
        if (experts > 0) {
            model.with(family + ".expert_count", (long) experts).with(family + ".expert_used_count", (long) used);
            model.with(family + ".expert_feed_forward_length", (long) inner);
        }
        if (window > 0) {
            model.with(family + ".attention.sliding_window", (long) window)
                    .with(family + ".attention.sliding_window_pattern", (long) period);
        }
        if (!gemma()) {
            model.tensor("output.weight", width, VOCABULARY);
        }
        for (int layer = 0; layer < layers; layer++) {
            writeLayer(model, "blk." + layer + ".");
        }
        return model;
    }

    private void writeLayer(RandomModel model, String prefix) {
        int queries = heads * headSize;
        int keys = kvHeads * headSize;
        model.tensor(prefix + "attn_norm.weight", width)
                .tensor(prefix + (gptOss() ? "post_attention_norm.weight" : "ffn_norm.weight"), width);
        if (family.equals("phi3")) {
            model.tensor(prefix + "attn_qkv.weight", width, queries + 2L * keys);
        } else {
            model.tensor(prefix + "attn_q.weight", width, queries)
                    .tensor(prefix + "attn_k.weight", width, keys)
                    .tensor(prefix + "attn_v.weight", width, keys);
        }
        if (family.equals("qwen2") || gptOss()) {
            model.tensor(prefix + "attn_q.bias", queries)
                    .tensor(prefix + "attn_k.bias", keys)
                    .tensor(prefix + "attn_v.bias", keys);
        }
        model.tensor(prefix + "attn_output.weight", queries, width);
        if (gptOss()) {
            model.tensor(prefix + "attn_output.bias", width)
                    .tensor(prefix + "attn_sinks.weight", heads)
                    .tensor(prefix + "ffn_gate_inp.bias", experts)
                    .tensor(prefix + "ffn_gate_exps.bias", inner, experts)
                    .tensor(prefix + "ffn_up_exps.bias", inner, experts)
                    .tensor(prefix + "ffn_down_exps.bias", width, experts);
        }
        if (normedHeads()) {
            model.tensor(prefix + "attn_q_norm.weight", headSize).tensor(prefix + "attn_k_norm.weight", headSize);
        }
        if (gemma()) {
            model.tensor(prefix + "post_attention_norm.weight", width).tensor(prefix + "post_ffw_norm.weight", width);
        }
        if (experts > 0) {
            model.tensor(prefix + "ffn_gate_inp.weight", width, experts)
                    .tensor(prefix + "ffn_gate_exps.weight", width, inner, experts)
                    .tensor(prefix + "ffn_up_exps.weight", width, inner, experts)
                    .tensor(prefix + "ffn_down_exps.weight", inner, width, experts);
        } else {
            boolean fused = family.equals("phi3");
            model.tensor(prefix + "ffn_up.weight", width, fused ? 2L * inner : inner)
                    .tensor(prefix + "ffn_down.weight", inner, width);
            if (!fused) {
                model.tensor(prefix + "ffn_gate.weight", width, inner);
            }
        }
    }
}
