package io.specoffload.model;

import io.specoffload.format.ModelFormatException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What distinguishes one model family from the others: which of the shared blocks it has, and the values that its
 * files leave out. Everything else is read from the file. This list is what the engine supports.
 *
 * @param name {@code general.architecture}
 * @param traits the blocks
 * @param attentionSoftCap default soft cap of attention scores, 0 for none
 * @param finalSoftCap default soft cap of logits, 0 for none
 * @param windows sliding windows
 * @param widthScaledLayers number of layers of the one size whose attention is scaled by the square root of
 *     width/heads, not of the head size; 0 if there is none
 */
public record Architecture(
        String name,
        Set<Trait> traits,
        float attentionSoftCap,
        float finalSoftCap,
        Windows windows,
        int widthScaledLayers) {

    /** A block or a variant of one. */
    public enum Trait {
        /** Rotary pairs are neighbours (2i, 2i+1); without it they are (i, i + half). */
        INTERLEAVED_ROPE,
        /** Queries and keys are normalized per head before rotation. */
        QK_NORM,
        /** The results of attention and feed-forward are normalized before they are added. */
        POST_NORMS,
        /** Gate and up projection are one matrix, the gate's rows first. */
        FUSED_GATE_UP,
        /** The gate's activation is GELU (tanh approximation); without it SiLU. */
        GELU,
        /** Embeddings are multiplied by the square root of the width. */
        SCALED_EMBEDDING,
        /** The feed-forward may consist of experts. */
        EXPERTS,
        /** Every head has a logit of its own in the softmax's denominator. */
        ATTENTION_SINKS,
        /** The feed-forward is gated by the clamped swish of gpt-oss. */
        CLAMPED_SWIGLU,
        /** The norm in front of the feed-forward is stored as {@code post_attention_norm}. */
        RENAMED_FFN_NORM
    }

    /**
     * Which layers see only the latest positions: all but every {@code period}-th.
     *
     * @param size default number of positions, 0 for none unless the file says so
     * @param period default period; 0 for a family without windows, whatever the file says
     * @param ropeBase rotary base of the layers with a window; 0 for the same as the others
     */
    public record Windows(int size, int period, double ropeBase) {
        static final Windows NONE = new Windows(0, 0, 0);
    }

    /** The supported families. */
    public static final List<Architecture> ALL = List.of(
            of("llama", Trait.INTERLEAVED_ROPE, Trait.EXPERTS),
            of("qwen2"),
            of("qwen3", Trait.QK_NORM),
            of("qwen3moe", Trait.QK_NORM, Trait.EXPERTS),
            of("gemma2", Trait.POST_NORMS, Trait.GELU, Trait.SCALED_EMBEDDING)
                    .withSoftCaps(50, 30)
                    .withWindows(new Windows(4096, 2, 0))
                    .withWidthScaledLayers(46),
            of("gemma3", Trait.QK_NORM, Trait.POST_NORMS, Trait.GELU, Trait.SCALED_EMBEDDING)
                    .withWindows(new Windows(0, 6, 10_000))
                    .withWidthScaledLayers(62),
            of("gpt-oss", Trait.EXPERTS, Trait.ATTENTION_SINKS, Trait.CLAMPED_SWIGLU, Trait.RENAMED_FFN_NORM)
                    .withWindows(new Windows(128, 2, 0)),
            // window sizes in files of this family are not reliable, and not applied (llama.cpp neither)
            of("phi3", Trait.FUSED_GATE_UP));

    public Architecture {
        traits = Set.copyOf(traits);
    }

    /**
     * The family of this name.
     *
     * @throws ModelFormatException if it is not supported
     */
    public static Architecture named(String name) {
        return ALL.stream()
                .filter(architecture -> architecture.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new ModelFormatException("general.architecture: \"" + name
                        + "\" is not supported; supported are "
                        + ALL.stream().map(Architecture::name).collect(Collectors.joining(", "))));
    }

    public boolean has(Trait trait) {
        return traits.contains(trait);
    }

    private static Architecture of(String name, Trait... traits) {
        Set<Trait> set = EnumSet.noneOf(Trait.class);
        set.addAll(List.of(traits));
        return new Architecture(name, set, 0, 0, Windows.NONE, 0);
    }

    private Architecture withSoftCaps(float attention, float logits) {
        return new Architecture(name, traits, attention, logits, windows, widthScaledLayers);
    }

    private Architecture withWindows(Windows value) {
        return new Architecture(name, traits, attentionSoftCap, finalSoftCap, value, widthScaledLayers);
    }

    private Architecture withWidthScaledLayers(int layers) {
        return new Architecture(name, traits, attentionSoftCap, finalSoftCap, windows, layers);
    }
}
