package io.specoffload.tokenizer;

import io.specoffload.format.Metadata;
import io.specoffload.format.ModelFormatException;

/** Builds tokenizers from checkpoints. */
public final class Tokenizers {

    private Tokenizers() {}

    /**
     * The tokenizer that a checkpoint's {@code tokenizer.ggml.*} metadata describes.
     *
     * @throws ModelFormatException if the metadata is incomplete, contradicts itself, or names a kind of tokenizer or
     *     pre-tokenizer that is not supported
     */
    public static Tokenizer from(Metadata metadata) {
        String model = Metadata.required("tokenizer.ggml.model", metadata.string("tokenizer.ggml.model"));
        return switch (model) {
            case "llama" -> new SentencePieceTokenizer(metadata);
            case "gpt2" -> new BpeTokenizer(metadata);
            default ->
                throw new ModelFormatException("tokenizer.ggml.model: the tokenizer '" + model
                        + "' is not supported; supported are llama (SentencePiece) and gpt2 (byte-level BPE)");
        };
    }
}
