package io.specoffload.tensor;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a checkpoint's tensor is for, read off its GGUF name. Placement decides by role and layer.
 */
public enum TensorRole {
    TOKEN_EMBEDDING,
    OUTPUT_HEAD,
    NORM,
    ATTENTION,
    ROUTER,
    FEED_FORWARD,
    EXPERTS,
    ROPE_FACTORS,
    OTHER;

    private static final Pattern SINGLE_EXPERT = Pattern.compile("ffn_(gate|up|down)\\.\\d{1,6}\\..+");
    private static final Pattern BLOCK = Pattern.compile("blk\\.(\\d{1,6})\\.(.+)");

    /** The role of the tensor called {@code name}. */
    public static TensorRole of(String name) {
        if (name.startsWith("token_embd")) {
            return TOKEN_EMBEDDING;
        }
        if (name.startsWith("output_norm")) {
            return NORM;
        }
        if (name.startsWith("output")) {
            return OUTPUT_HEAD;
        }
        if (name.startsWith("rope_f") || name.contains(".rope_f") || name.contains("attn_rot_embd")) {
            return ROPE_FACTORS;
        }
        Matcher block = BLOCK.matcher(name);
        if (!block.matches()) {
            return OTHER;
        }
        String part = block.group(2);
        if (part.contains("norm")) {
            return NORM;
        }
        if (part.startsWith("attn")) {
            return ATTENTION;
        }
        if (part.startsWith("ffn_gate_inp")) {
            return ROUTER;
        }
        if (part.contains("_exps") || SINGLE_EXPERT.matcher(part).matches()) {
            return EXPERTS;
        }
        return part.startsWith("ffn") ? FEED_FORWARD : OTHER;
    }

    /** The layer of the tensor called {@code name}, or -1 for one outside the layers. */
    public static int layerOf(String name) {
        Matcher block = BLOCK.matcher(name);
        return block.matches() ? Integer.parseInt(block.group(1)) : -1;
    }
}
