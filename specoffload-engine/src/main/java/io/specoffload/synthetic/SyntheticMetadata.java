package io.specoffload.synthetic;

import io.specoffload.format.GgufHeader;
import io.specoffload.format.Metadata;
import io.specoffload.tensor.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a synthetic model's file says about itself. */
final class SyntheticMetadata {

    /** The successor of every token of the vocabulary. */
    static final String NEXT_TOKENS = "specoffload.synthetic.next_tokens";

    private static final String FIRST_ORDINARY = "specoffload.synthetic.first_ordinary_token";
    private static final String SEED = "specoffload.synthetic.seed";
    private static final String PAIRED_WITH = "specoffload.synthetic.paired_with";
    private static final String ACCEPTANCE = "specoffload.synthetic.acceptance";

    private SyntheticMetadata() {}

    /**
     * Everything that stands in the file before the tensors.
     *
     * @param paired name of the model that this one was paired with, or null
     * @param acceptance share of tokens on which the pair agrees; counts only with a name
     */
    static Map<String, Object> of(
            ModelShape shape, DType type, long seed, NextTokens tokens, @Nullable String paired, double acceptance) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("general.architecture", "llama");
        metadata.put("general.name", "synthetic " + shape.name());
        metadata.put("general.file_type", fileType(type));
        metadata.put("general.quantization_version", 2);
        metadata.put("llama.context_length", shape.contextLength());
        metadata.put("llama.embedding_length", shape.width());
        metadata.put("llama.block_count", shape.layers());
        metadata.put("llama.feed_forward_length", shape.feedForward());
        metadata.put("llama.attention.head_count", shape.heads());
        metadata.put("llama.attention.head_count_kv", shape.kvHeads());
        metadata.put("llama.attention.key_length", shape.headSize());
        metadata.put("llama.attention.value_length", shape.headSize());
        metadata.put("llama.attention.layer_norm_rms_epsilon", 1e-5f);
        metadata.put("llama.rope.dimension_count", shape.headSize());
        metadata.put("llama.rope.freq_base", 10_000f);
        metadata.put("llama.vocab_size", shape.vocabulary());
        if (shape.hasExperts()) {
            metadata.put("llama.expert_count", shape.experts());
            metadata.put("llama.expert_used_count", shape.expertsUsed());
        }
        SyntheticVocabulary.describe(shape.vocabulary(), metadata);
        metadata.put(NEXT_TOKENS, tokens.toArray());
        metadata.put(FIRST_ORDINARY, tokens.firstOrdinary());
        metadata.put(SEED, seed);
        if (paired != null) {
            metadata.put(PAIRED_WITH, paired);
            metadata.put(ACCEPTANCE, acceptance);
        }
        return metadata;
    }

    /**
     * The successors that a synthetic model's file records.
     *
     * @param vocabulary size of the model that is to be paired with it
     * @throws IllegalArgumentException if it is no synthetic model, or of another vocabulary
     */
    static NextTokens read(Path model, int vocabulary) throws IOException {
        Metadata metadata = GgufHeader.readParts(model).getFirst().metadata();
        Optional<long[]> successors = metadata.integers(NEXT_TOKENS);
        Optional<Integer> first = metadata.int32(FIRST_ORDINARY);
        if (successors.isEmpty() || first.isEmpty()) {
            throw new IllegalArgumentException(
                    model + " records no " + NEXT_TOKENS + ": only a model that synthesize wrote can be paired with");
        }
        if (successors.get().length != vocabulary) {
            throw new IllegalArgumentException(model + " has a vocabulary of " + successors.get().length
                    + " tokens, but the shape one of " + vocabulary + "; a pair needs the same");
        }
        List<String> tokens = metadata.strings("tokenizer.ggml.tokens").orElse(List.of());
        if (first.get() != SyntheticVocabulary.FIRST_ORDINARY
                || !tokens.equals(SyntheticVocabulary.tokens(vocabulary))) {
            throw new IllegalArgumentException(model + " has other tokens; synthesize it anew");
        }
        return NextTokens.recorded(successors.get(), first.get());
    }

    /** The number that llama.cpp gives a file by the type of most of its weights. */
    private static int fileType(DType type) {
        return switch (type) {
            case F32 -> 0;
            case F16 -> 1;
            case Q4_0 -> 2;
            case Q4_1 -> 3;
            case Q8_0 -> 7;
            case Q5_0 -> 8;
            case Q5_1 -> 9;
            case Q2_K -> 10;
            case Q3_K -> 11;
            case Q4_K -> 14;
            case Q5_K -> 16;
            case Q6_K -> 18;
            case IQ4_NL -> 25;
            case IQ4_XS -> 30;
            case BF16 -> 32;
            case MXFP4 -> 38;
        };
    }
}
