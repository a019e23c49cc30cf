package io.specoffload.speculative;

import io.specoffload.execution.ForwardExecutor;
import io.specoffload.kv.KvSequence;
import io.specoffload.model.ForwardBatch;
import io.specoffload.model.Logits;
import io.specoffload.sampling.Sampler;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Has the target model look at the candidates of many sequences in one forward pass, and keeps of each as many as the
 * acceptance rule lets stand. Prompt chunks ride along in the same pass. Used by one thread at a time.
 */
public final class Verifier {

    private final ForwardExecutor target;
    private final ForwardBatch batch = new ForwardBatch();

    /** The caller keeps ownership of the executor. */
    public Verifier(ForwardExecutor target) {
        this.target = target;
    }

    /**
     * One sequence's part of a pass: tokens {@code cache.length()} to {@code upTo - 1} are processed, then the
     * candidates. Only where {@code upTo} is the sequence's length is there something to verify; before that it is a
     * chunk of the prompt.
     *
     * @param cache the sequence's rows in the target's cache
     * @param tokens the sequence
     * @param upTo index of the first token that is not processed in this pass
     * @param candidates drafted tokens; none for a chunk of the prompt
     * @param sampler the sequence's sampler; it is read, not changed
     */
    public record Request(KvSequence cache, TokenSequence tokens, int upTo, Candidates candidates, Sampler sampler) {

        /** Whether the pass reaches the sequence's end, so that its next tokens are decided. */
        public boolean complete() {
            return upTo == tokens.length();
        }
    }

    /**
     * What became of a request: nothing yet for a chunk of the prompt, else the new tokens, or why there are none.
     *
     * @param verification new tokens, or null
     * @param failure what went wrong with this sequence alone, or null
     */
    public record Outcome(
            @Nullable Verification verification, @Nullable RuntimeException failure) {

        static final Outcome CHUNK = new Outcome(null, null);
    }

    /**
     * Runs one pass. Afterwards each cache holds the processed tokens and the accepted candidates: one row less than
     * the sequence will have tokens.
     *
     * @return one outcome per request, in order
     */
    public List<Outcome> verify(List<Request> requests) {
        batch.clear();
        int[] firstLogits = new int[requests.size()];
        for (int i = 0; i < firstLogits.length; i++) {
            firstLogits[i] = add(requests.get(i));
        }
        Logits logits = target.forward(batch);
        List<Outcome> outcomes = new ArrayList<>(firstLogits.length);
        for (int i = 0; i < firstLogits.length; i++) {
            outcomes.add(decide(requests.get(i), logits, firstLogits[i]));
        }
        return outcomes;
    }

    /** Adds a request's rows; returns the logit index of its last token's row, or -1 for a chunk of the prompt. */
    private int add(Request request) {
        int first = -1;
        for (int i = request.cache().length(); i < request.upTo(); i++) {
            first = batch.add(
                    request.cache(), request.tokens().token(i), request.complete() && i == request.upTo() - 1);
        }
        for (int candidate : request.candidates().tokens()) {
            batch.add(request.cache(), candidate, true);
        }
        return first;
    }

    private static Outcome decide(Request request, Logits logits, int first) {
        if (!request.complete()) {
            return Outcome.CHUNK;
        }
        Sampler sampler = request.sampler();
        int[] candidates = request.candidates().tokens();
        try {
            Verification verification = AcceptanceRule.of(sampler)
                    .accept(
                            request.candidates(),
                            j -> sampler.distribution(logits.values(), logits.offset(first + j), candidates, j),
                            sampler,
                            request.upTo());
            request.cache().truncate(request.upTo() + verification.accepted());
            return new Outcome(verification, null);
        } catch (RuntimeException failure) {
            return new Outcome(null, failure);
        }
    }
}
