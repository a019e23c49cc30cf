package io.specoffload.pipeline;

import io.specoffload.speculative.Candidates;
import io.specoffload.speculative.Drafter;
import io.specoffload.speculative.Verification;
import io.specoffload.speculative.Verifier;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One round over a group of sequences: schedule, draft, verify, accept. Sequences that decode and prompts that are
 * still being prefilled share the target's pass.
 */
final class DecodeRound {

    private static final Logger log = LoggerFactory.getLogger(DecodeRound.class);

    private final Verifier verifier;
    private final @Nullable Drafter drafter;
    private final PipelineSettings settings;
    private final PipelineCounters counters;

    DecodeRound(Verifier verifier, @Nullable Drafter drafter, PipelineSettings settings, PipelineCounters counters) {
        this.verifier = verifier;
        this.drafter = drafter;
        this.settings = settings;
        this.counters = counters;
    }

    /** A sequence's share of the round: its tokens before {@code upTo} are processed, then up to n candidates. */
    private record Share(Sequence sequence, int upTo, int candidates) {}

    /** Runs the round; sequences that ended in it are finished, the others have at least one token or row more. */
    void run(List<Sequence> group) {
        List<Share> shares = schedule(group);
        List<Candidates> candidates = draft(shares);
        List<Verifier.Outcome> outcomes = verify(shares, candidates);
        accept(shares, candidates, outcomes);
    }

    /** Decoding sequences always take part; prompts share the chunk budget, first come first served. */
    private List<Share> schedule(List<Sequence> group) {
        List<Share> shares = new ArrayList<>(group.size());
        int promptRows = settings.prefillChunk();
        for (Sequence sequence : group) {
            int pending = sequence.pending();
            if (pending == 1) {
                // a candidate beyond the last allowed token could never be used; the target's own token takes its place
                int candidates = Math.min(settings.candidates(), sequence.remaining() - 1);
                shares.add(new Share(sequence, sequence.length(), candidates));
            } else if (promptRows > 0) {
                int rows = Math.min(pending, promptRows);
                promptRows -= rows;
                shares.add(new Share(sequence, sequence.cache().length() + rows, 0));
            }
        }
        return shares;
    }

    /** Candidates for each share. A drafter that fails costs speed, never an answer. */
    private List<Candidates> draft(List<Share> shares) {
        List<Candidates> candidates = new ArrayList<>(shares.size());
        List<Drafter.Request> requests = new ArrayList<>();
        for (Share share : shares) {
            candidates.add(Candidates.NONE);
            if (share.sequence().speculates()) {
                Sequence sequence = share.sequence();
                requests.add(new Drafter.Request(
                        sequence.draftSession(), sequence, share.upTo(), share.candidates(), sequence.sampler()));
            }
        }
        if (drafter == null || requests.isEmpty()) {
            return candidates;
        }
        try {
            List<Candidates> drafted = drafter.draft(requests);
            for (int i = 0, next = 0; i < shares.size(); i++) {
                if (shares.get(i).sequence().speculates()) {
                    candidates.set(i, drafted.get(next++));
                }
            }
        } catch (RuntimeException failure) {
            log.warn("Drafting failed; this round decodes without candidates", failure);
        }
        return candidates;
    }

    private List<Verifier.Outcome> verify(List<Share> shares, List<Candidates> candidates) {
        List<Verifier.Request> requests = new ArrayList<>(shares.size());
        for (int i = 0; i < shares.size(); i++) {
            Sequence sequence = shares.get(i).sequence();
            requests.add(new Verifier.Request(
                    sequence.cache(), sequence, shares.get(i).upTo(), candidates.get(i), sequence.sampler()));
        }
        counters.rounds.incrementAndGet();
        shares.forEach(share -> counters.promptTokens.addAndGet(promptRows(share)));
        return verifier.verify(requests);
    }

    private static int promptRows(Share share) {
        Sequence sequence = share.sequence();
        return Math.max(
                0,
                Math.min(share.upTo(), sequence.promptLength())
                        - sequence.cache().length());
    }

    private void accept(List<Share> shares, List<Candidates> candidates, List<Verifier.Outcome> outcomes) {
        for (int i = 0; i < shares.size(); i++) {
            Sequence sequence = shares.get(i).sequence();
            Verifier.Outcome outcome = outcomes.get(i);
            Verification verification = outcome.verification();
            if (outcome.failure() != null) {
                counters.ending(sequence, counters.failed);
                sequence.fail(outcome.failure());
            } else if (verification != null) {
                int before = sequence.length();
                counters.drafted.addAndGet(candidates.get(i).count());
                sequence.accept(verification, candidates.get(i).count());
                counters.accepted.addAndGet(Math.min(verification.accepted(), sequence.length() - before));
                counters.completionTokens.addAndGet(sequence.length() - before);
            }
        }
    }
}
