package io.specoffload.speculative;

import java.util.Arrays;

/**
 * Prompt-lookup drafting (n-gram speculation): finds the latest earlier occurrence of the sequence's last n tokens,
 * longest n first, and proposes what followed it. Good where an answer repeats its prompt. An index per n is kept up to
 * date in constant time per token. Not thread-safe.
 */
public final class PromptLookup {
    private static final int[] NONE = {};

    private final NgramIndex[] indexes;
    private final int shortest;
    private int[] tokens = new int[256];
    private int length;

    /**
     * @param longest tokens of the longest n-gram looked for, for example 3
     * @param shortest tokens of the shortest one, at least 1
     */
    public PromptLookup(int longest, int shortest) {
        if (shortest < 1 || longest < shortest) {
            throw new IllegalArgumentException("n-grams of " + shortest + " to " + longest + " tokens");
        }
        this.shortest = shortest;
        this.indexes = new NgramIndex[longest - shortest + 1];
        for (int i = 0; i < indexes.length; i++) {
            indexes[i] = new NgramIndex(shortest + i);
        }
    }

    /** Adds a token that is part of the sequence for good: of the prompt or of the output. */
    public void append(int token) {
        if (length == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * length);
        }
        // what ended before this token is now an earlier occurrence
        for (NgramIndex index : indexes) {
            index.add(tokens, length);
        }
        tokens[length++] = token;
    }

    /** Number of tokens added. */
    public int length() {
        return length;
    }

    /**
     * Proposes {@code count} tokens to follow; none if no n-gram occurred before. Where the occurrence overlaps the
     * sequence's end, the repetition goes on.
     */
    public int[] propose(int count) {
        for (int i = indexes.length - 1; i >= 0 && count > 0; i--) {
            int end = length < shortest + i ? -1 : indexes[i].find(tokens, length);
            if (end >= 0) {
                int[] proposal = new int[count];
                for (int j = 0; j < count; j++) {
                    proposal[j] = end + j < length ? tokens[end + j] : proposal[end + j - length];
                }
                return proposal;
            }
        }
        return NONE;
    }

    /** Open-addressed table of n-grams: each slot holds 1 + the end of an n-gram's latest occurrence, 0 if empty. */
    private static final class NgramIndex {
        private final int n;
        private int[] ends = new int[256];
        private int used;

        NgramIndex(int n) {
            this.n = n;
        }

        /** Notes the n-gram that ends before {@code end}. */
        void add(int[] tokens, int end) {
            if (end < n) {
                return;
            }
            if (2 * (used + 1) > ends.length) {
                int[] old = ends;
                ends = new int[2 * old.length];
                for (int entry : old) {
                    if (entry != 0) {
                        ends[slot(tokens, entry - 1)] = entry;
                    }
                }
            }
            int slot = slot(tokens, end);
            used += ends[slot] == 0 ? 1 : 0;
            ends[slot] = end + 1;
        }

        /** The end of the latest noted n-gram equal to the one that ends before {@code end}, or -1. */
        int find(int[] tokens, int end) {
            return ends[slot(tokens, end)] - 1;
        }

        private int slot(int[] tokens, int end) {
            long hash = n;
            for (int i = end - n; i < end; i++) {
                hash = (hash ^ tokens[i]) * 0x9E3779B97F4A7C15L;
                hash ^= hash >>> 32;
            }
            int mask = ends.length - 1;
            int slot = (int) hash & mask;
            while (ends[slot] != 0
                    && !Arrays.equals(tokens, ends[slot] - 1 - n, ends[slot] - 1, tokens, end - n, end)) {
                slot = (slot + 1) & mask;
            }
            return slot;
        }
    }
}
