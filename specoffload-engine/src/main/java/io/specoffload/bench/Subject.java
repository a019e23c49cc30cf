package io.specoffload.bench;

import java.util.Set;

/** An engine with a model, whose passes are timed. Used by one thread; tokens are ids, the same for every subject. */
public interface Subject extends AutoCloseable {

    /** What is timed. */
    enum Operation {
        /** A prompt of n tokens on an empty cache, logits of the last. */
        PREFILL,
        /** n tokens after a prompt, one pass each, with logits. */
        DECODE,
        /** n rows in one pass after a prompt, logits of all: what a verification costs. */
        VERIFY
    }

    String name();

    /** What it offers. */
    Set<Operation> operations();

    /**
     * Runs an operation from a state that it prepares outside the measured time.
     *
     * @param operation one of {@link #operations}
     * @param n tokens or rows
     * @param depth tokens in the cache before; counts for decode and verify
     * @return seconds
     */
    double seconds(Operation operation, int n, int depth);

    /** The greedy token after a prompt of n tokens, or -1 where the subject does not tell. */
    int greedyAfter(int n);

    /** Peak of the resident memory of the subject's process in bytes, or -1. */
    long peakMemory();

    @Override
    void close();
}
