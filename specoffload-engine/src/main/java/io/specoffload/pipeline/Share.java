package io.specoffload.pipeline;

import io.specoffload.speculative.Candidates;

/**
 * A sequence's share of a pass.
 *
 * @param sequence takes part
 * @param upTo its tokens before this index are processed, then the candidates
 * @param wanted candidates to be drafted
 * @param candidates what was drafted; none before
 */
record Share(Sequence sequence, int upTo, int wanted, Candidates candidates) {

    Share with(Candidates drafted) {
        return new Share(sequence, upTo, wanted, drafted);
    }

    /** Rows that the target's pass takes for it. */
    int rows() {
        return upTo - sequence.cache().length() + candidates.count();
    }

    /** Rows of the prompt among them. */
    int promptRows() {
        return Math.max(
                0, Math.min(upTo, sequence.promptLength()) - sequence.cache().length());
    }

    /** Whether it decodes: all but its last token is cached. */
    boolean decodes() {
        return sequence.pending() == 1;
    }
}
