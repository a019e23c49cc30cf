package io.specoffload.speculative;

/** The tokens of a sequence so far, prompt included; it grows at its end only. Read by one thread at a time. */
public interface TokenSequence {

    int length();

    /** The token at index {@code i}, 0 to {@link #length()} - 1. */
    int token(int i);
}
