package io.specoffload.speculative;

import io.specoffload.sampling.Sampler;
import java.util.List;

/** Proposes candidates for many sequences at once. Used by one thread at a time; closing frees its memory. */
public interface Drafter extends AutoCloseable {

    /** What a drafter keeps for one sequence, its cache for example. Closed by whoever opened it. */
    interface Session extends AutoCloseable {

        /** Rows that have to be computed before the first candidate behind a sequence of {@code length} tokens: about 1 if its last draft was just now. */
        int behind(int length);

        @Override
        void close();
    }

    /**
     * One sequence's part of a drafting step.
     *
     * @param session the sequence's session
     * @param tokens the sequence
     * @param upTo tokens before this index are final and may be processed; candidates are drafted only if it is the
     *     sequence's length
     * @param count how many candidates are wanted, 0 for none
     * @param sampler the sequence's sampler; it is read, not changed
     */
    record Request(Session session, TokenSequence tokens, int upTo, int count, Sampler sampler) {}

    Session open();

    /** Candidates for each request, in order, at most as many as were asked for. */
    List<Candidates> draft(List<Request> requests);

    @Override
    void close();
}
