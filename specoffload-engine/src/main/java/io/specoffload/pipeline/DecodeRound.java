package io.specoffload.pipeline;

import io.specoffload.execution.ComputeGate;
import io.specoffload.kv.KvCacheFullException;
import io.specoffload.pipeline.RoundPlanner.Draft;
import io.specoffload.speculative.Candidates;
import io.specoffload.speculative.Drafter;
import io.specoffload.speculative.Verification;
import io.specoffload.speculative.Verifier;
import io.specoffload.telemetry.DraftEvent;
import io.specoffload.telemetry.LaneSpan;
import io.specoffload.telemetry.VerifyEvent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One round: the target verifies group A while the draft model proposes for group B; then A's sequences accept what
 * stands, and the groups swap.
 *
 * <pre>
 *   verify lane   | verify A | verify B | verify A |
 *   draft lane    | draft  B | draft  A | draft  B |
 * </pre>
 */
final class DecodeRound {

    private static final Logger log = LoggerFactory.getLogger(DecodeRound.class);

    private final Verifier verifier;
    private final @Nullable Drafter drafter;
    private final Lane draftLane;
    private final ComputeGate gate;
    private final LongSupplier clock;
    private final PipelineCounters counters;
    private final Consumer<Sequence> queueAgain;
    private int failures;

    /**
     * @param drafter proposes candidates, or null
     * @param draftLane where drafting runs while a group is verified
     * @param queueAgain takes sequences that had to give up their slot
     */
    DecodeRound(
            Verifier verifier,
            @Nullable Drafter drafter,
            Lane draftLane,
            PipelineResources resources,
            PipelineCounters counters,
            Consumer<Sequence> queueAgain) {
        this.verifier = verifier;
        this.drafter = drafter;
        this.draftLane = draftLane;
        this.gate = resources.gate();
        this.clock = resources.clock();
        this.counters = counters;
        this.queueAgain = queueAgain;
    }

    /**
     * Runs the round. Sequences of the verified group that ended are finished then, the others have at least one token
     * or row more; the drafted group holds the shares for its verification, also where the verification throws.
     *
     * @param number the round's number
     * @param verifying the group with candidates; may be empty
     * @param drafting the group without; may be empty
     * @param scheduled what the drafted group will have verified next
     */
    Outcome run(long number, Group verifying, Group drafting, Draft scheduled) {
        List<Sequence> evicted = new ArrayList<>();
        Lane.Running<Drafted> proposing = start(number, verifying, scheduled);
        try {
            Verified verified = verify(number, verifying, !drafting.isEmpty(), evicted);
            Drafted drafted = proposing.join();
            return accept(verified, drafted);
        } finally {
            // the lane must rest before anything is freed
            drafting.propose(scheduled.shares(), proposing.join().candidates());
            evict(verifying, evicted);
        }
    }

    private Lane.Running<Drafted> start(long number, Group verifying, Draft scheduled) {
        boolean alone = verifying.shares().isEmpty() || !scheduled.runs();
        if (!alone) {
            return draftLane.start(() -> draft(number, scheduled));
        }
        // nothing runs beside it, so that a hand-over to another thread would only cost time
        Drafted drafted = draft(number, scheduled);
        return () -> drafted;
    }

    /**
     * What the draft lane did.
     *
     * @param candidates for each scheduled share
     * @param span when it worked
     * @param waitedNanos of it, the time it let the verification compute first
     */
    record Drafted(List<Candidates> candidates, LaneSpan span, long waitedNanos) {}

    /** What the verify lane did: a pass over the shares, but for those that had to leave for want of memory. */
    private record Verified(
            List<Share> shares, List<Verifier.Outcome> outcomes, LaneSpan span, int rows, int promptRows) {}

    /**
     * What came of a round.
     *
     * @param verify the verify lane's time
     * @param draft the draft lane's time
     * @param draftWaitNanos of it, the time it let the verification compute first
     * @param shares what was verified
     * @param rows rows of the pass
     * @param promptRows rows of prompts among them
     * @param verifications what was decided about sequences that reached their end
     * @param accepted candidates that became tokens
     * @param tokens new tokens
     */
    record Outcome(
            LaneSpan verify,
            LaneSpan draft,
            long draftWaitNanos,
            List<Share> shares,
            int rows,
            int promptRows,
            List<Count> verifications,
            int accepted,
            int tokens) {

        int candidates() {
            return verifications.stream().mapToInt(Count::candidates).sum();
        }
    }

    /** One sequence's verification in numbers. */
    record Count(int candidates, int accepted) {}

    /** Candidates for each share. A drafter that fails costs speed, never an answer. */
    private Drafted draft(long number, Draft scheduled) {
        List<Share> shares = scheduled.shares();
        List<Candidates> candidates = new ArrayList<>(Collections.nCopies(shares.size(), Candidates.NONE));
        if (drafter == null) {
            return new Drafted(candidates, LaneSpan.NONE, 0);
        }
        List<Drafter.Request> requests = new ArrayList<>();
        for (Share share : shares) {
            Sequence sequence = share.sequence();
            if (scheduled.drafts(share)) {
                requests.add(new Drafter.Request(
                        sequence.draftSession(), sequence, share.upTo(), share.wanted(), sequence.sampler()));
            }
        }
        if (requests.isEmpty()) {
            return new Drafted(candidates, LaneSpan.NONE, 0);
        }
        DraftEvent event = new DraftEvent();
        event.begin();
        long waited = gate.waitedNanos();
        long start = clock.getAsLong();
        int drafted = 0;
        try {
            List<Candidates> proposed = drafter.draft(requests);
            for (int i = 0, next = 0; i < shares.size(); i++) {
                if (scheduled.drafts(shares.get(i))) {
                    candidates.set(i, proposed.get(next++));
                    drafted += candidates.get(i).count();
                }
            }
        } catch (RuntimeException | Error failure) {
            if (failures++ == 0) {
                log.warn("Drafting failed; the round's sequences decode without candidates", failure);
            } else {
                log.debug("Drafting failed again, for the {}th time", failures, failure);
            }
        }
        LaneSpan span = new LaneSpan(start, clock.getAsLong());
        event.round = number;
        event.sequences = requests.size();
        event.candidates = scheduled.candidates();
        event.drafted = drafted;
        event.commit();
        return new Drafted(candidates, span, gate.waitedNanos() - waited);
    }

    /**
     * @param others whether sequences of the other group hold rows, whose end one may wait for
     * @param evicted takes the sequences that had to make room
     */
    private Verified verify(long number, Group group, boolean others, List<Sequence> evicted) {
        List<Share> shares = new ArrayList<>(group.shares());
        if (shares.isEmpty()) {
            return new Verified(shares, List.of(), LaneSpan.NONE, 0, 0);
        }
        VerifyEvent event = new VerifyEvent();
        event.begin();
        long start = clock.getAsLong();
        List<Verifier.Outcome> outcomes = null;
        int rows = 0;
        int promptRows = 0;
        while (outcomes == null) {
            rows = shares.stream().mapToInt(Share::rows).sum();
            promptRows = shares.stream().mapToInt(Share::promptRows).sum();
            try {
                outcomes = pass(shares);
            } catch (KvCacheFullException full) {
                if (shares.size() == 1 && !others && evicted.isEmpty()) {
                    throw full;
                }
                // the latest comer makes room: it loses least
                Sequence last = shares.removeLast().sequence();
                last.evict();
                evicted.add(last);
            }
        }
        LaneSpan span = new LaneSpan(start, clock.getAsLong());
        counters.rounds.incrementAndGet();
        counters.promptTokens.addAndGet(promptRows);
        event.round = number;
        event.sequences = shares.size();
        event.rows = rows;
        event.promptRows = promptRows;
        event.commit();
        return new Verified(shares, outcomes, span, rows, promptRows);
    }

    private List<Verifier.Outcome> pass(List<Share> shares) {
        List<Verifier.Request> requests = new ArrayList<>(shares.size());
        for (Share share : shares) {
            Sequence sequence = share.sequence();
            requests.add(new Verifier.Request(
                    sequence.cache(), sequence, share.upTo(), share.candidates(), sequence.sampler()));
        }
        gate.foregroundComputes();
        try {
            return verifier.verify(requests);
        } finally {
            gate.foregroundWaits();
        }
    }

    /** Sequences without rows leave; their draft rows are freed here, where the draft lane rests. */
    private void evict(Group group, List<Sequence> evicted) {
        group.removeIf(evicted::contains);
        for (Sequence sequence : evicted) {
            sequence.releaseDraft();
            counters.evicted.incrementAndGet();
            counters.running.decrementAndGet();
            queueAgain.accept(sequence);
        }
    }

    private Outcome accept(Verified verified, Drafted drafted) {
        List<Count> verifications = new ArrayList<>();
        int accepted = 0;
        int tokens = 0;
        for (int i = 0; i < verified.shares().size(); i++) {
            Share share = verified.shares().get(i);
            Sequence sequence = share.sequence();
            Verifier.Outcome outcome = verified.outcomes().get(i);
            Verification verification = outcome.verification();
            if (outcome.failure() != null) {
                counters.ending(sequence, counters.failed);
                sequence.fail(outcome.failure());
            } else if (verification != null) {
                int before = sequence.length();
                sequence.accept(verification, share.candidates().count());
                int taken = sequence.length() - before;
                verifications.add(new Count(share.candidates().count(), verification.accepted()));
                accepted += Math.min(verification.accepted(), taken);
                tokens += taken;
            }
        }
        Outcome outcome = new Outcome(
                verified.span(),
                drafted.span(),
                drafted.waitedNanos(),
                verified.shares(),
                verified.rows(),
                verified.promptRows(),
                verifications,
                accepted,
                tokens);
        counters.drafted.addAndGet(outcome.candidates());
        counters.accepted.addAndGet(accepted);
        counters.completionTokens.addAndGet(tokens);
        return outcome;
    }
}
