package io.specoffload.tokenizer;

import java.util.OptionalInt;

/** The tokens of a model: their bytes, kinds and special roles. Immutable. */
public interface Vocabulary {

    /** Kinds of tokens, numbered as in GGUF ({@code tokenizer.ggml.token_type}). */
    enum Kind {
        NORMAL,
        UNKNOWN,
        CONTROL,
        USER_DEFINED,
        UNUSED,
        BYTE
    }

    /** Number of tokens that have an entry; a model's output head may have more rows (padding). */
    int size();

    /** The bytes that token {@code id} stands for in decoded text; a control token's are its name's. */
    byte[] bytes(int id);

    Kind kind(int id);

    OptionalInt bos();

    OptionalInt eos();

    /** Whether text is encoded with a leading BOS when special tokens are added. */
    boolean addBos();

    /** Whether text is encoded with a trailing EOS when special tokens are added. */
    boolean addEos();

    /** Whether the token ends a generation: EOS, end of turn and their like. */
    boolean isEndOfGeneration(int id);
}
