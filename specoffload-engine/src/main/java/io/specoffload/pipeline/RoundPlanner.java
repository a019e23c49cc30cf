package io.specoffload.pipeline;

import io.specoffload.pipeline.SpeculationGate.Decision;
import io.specoffload.pipeline.SpeculationGate.Reason;
import io.specoffload.speculative.Candidates;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What the next rounds do: number of groups, candidate count, and each sequence's share of a pass. */
final class RoundPlanner {

    private final PipelineSettings settings;
    private final RoundCosts costs;
    private final SpeculationGate gate;
    private final RotationPolicy policy;
    private final ChunkPolicy chunks;
    private final SlotPolicy slots;
    private final boolean drafts;
    private final List<PlanChange> changes = new ArrayList<>();
    private long round;
    /** Drafts in a row: after as many as there are groups, each has caught up. */
    private int consecutive;

    RoundPlanner(PipelineSettings settings, RoundCosts costs, boolean drafts) {
        this.settings = settings;
        this.costs = costs;
        this.gate = new SpeculationGate(drafts ? settings.candidates() : 0, settings.adaptive());
        this.policy = new RotationPolicy(settings);
        this.drafts = drafts && settings.candidates() > 0;
        this.chunks = new ChunkPolicy(
                settings.prefillChunk(),
                settings.limits().mostPauseSeconds(),
                change -> changed("prompt rows", change.from(), change.to(), change.reason()));
        this.slots = new SlotPolicy(settings.slots(), settings.limits().mostSecondsPerToken());
    }

    /**
     * What a group has verified next, before its candidates are drafted.
     *
     * @param shares in the group's order
     * @param decision candidates per sequence, and why
     * @param readsPrompts whether the draft model reads prompts beside the target; else its caches fall behind, and it
     *     reads what it missed once it drafts for a sequence
     */
    record Draft(List<Share> shares, Decision decision, boolean readsPrompts) {

        /** Whether the drafter has anything to do for a share. Where it drafts for some sequences only, others are none of its business. */
        boolean drafts(Share share) {
            return share.sequence().speculates() && (share.wanted() > 0 || readsPrompts && !share.decodes());
        }

        /** Whether it has anything to do at all. */
        boolean runs() {
            return shares.stream().anyMatch(this::drafts);
        }

        /** Sequences for which candidates are wanted. */
        int sequences() {
            return (int) shares.stream().filter(share -> share.wanted() > 0).count();
        }

        /** Candidates per sequence; fewer where a sequence is about to end. */
        int candidates() {
            return shares.stream().mapToInt(Share::wanted).max().orElse(0);
        }

        /** Whether its cost is that of drafting alone: no prompt runs through the draft model beside it. */
        boolean typical() {
            return shares.stream().filter(this::drafts).allMatch(Share::decodes);
        }

        /** Share of the drafted rows that are candidates and not prompt. */
        double decodingShare() {
            double candidates = shares.stream().mapToInt(Share::wanted).sum();
            int prompt = shares.stream()
                    .filter(this::drafts)
                    .mapToInt(Share::promptRows)
                    .sum();
            return candidates / (candidates + prompt);
        }
    }

    int groups() {
        return policy.groups();
    }

    int maxCandidates() {
        return settings.candidates();
    }

    /** Prompt rows per round, as long as sequences decode. */
    int prefillChunk() {
        return chunks.current();
    }

    /** Slots that may be taken. */
    int activeSlots() {
        return slots.active();
    }

    /** What was changed since the last call. */
    List<PlanChange> takeChanges() {
        List<PlanChange> taken = List.copyOf(changes);
        changes.clear();
        return taken;
    }

    /** The number of groups for the next round, and the slots that may be taken in it: a hand-over point. */
    void arrange(long nextRound, BatchRotation rotation) {
        round = nextRound;
        int groups = policy.groups();
        rotation.use(policy.decide(rotation.size(), gate.current(), costs, costs.settled()));
        changed("groups", groups, policy.groups(), policy.explanation());
        int active = slots.active();
        boolean known = costs.passesMeasured() && (!drafts || costs.draftsKnown());
        rotation.allow(slots.decide(rotation.size(), policy.groups(), gate.current(), costs, known));
        changed("active slots", active, slots.active(), slots.explanation());
    }

    private void changed(String what, int from, int to, String reason) {
        if (from != to) {
            changes.add(new PlanChange(round, what, from, to, reason));
        }
    }

    /** Decoding sequences always take part; prompts share the chunk budget, first come first served. */
    Draft schedule(Group group, BatchRotation rotation) {
        if (group.isEmpty()) {
            return new Draft(List.of(), Decision.NONE, false);
        }
        List<Sequence> speculative = group.sequences().stream()
                .filter(sequence -> sequence.speculates() && sequence.pending() == 1 && sequence.remaining() > 1)
                .sorted(Comparator.comparingInt(Sequence::behind))
                .toList();
        int candidates = gate.current();
        int first = costs.settled() ? SpeculationGate.MEASURED : costs.firstCandidates();
        Decision decision =
                speculative.isEmpty() ? Decision.NONE : gate.decide(load(speculative, rotation), costs, first);
        List<Sequence> chosen = speculative.subList(0, Math.min(speculative.size(), decision.sequences()));
        List<Share> shares = new ArrayList<>(group.size());
        changed("candidates", candidates, gate.current(), decision.explanation());
        int promptRows = promptRows(group, rotation, decision.count());
        for (Sequence sequence : group.sequences()) {
            int pending = sequence.pending();
            if (pending == 1) {
                // a candidate beyond the last allowed token could never be used; the target's own takes its place
                int wanted = chosen.contains(sequence) ? Math.min(decision.count(), sequence.remaining() - 1) : 0;
                shares.add(new Share(sequence, sequence.length(), wanted, Candidates.NONE));
            } else if (promptRows > 0) {
                int rows = Math.min(pending, promptRows);
                promptRows -= rows;
                shares.add(new Share(sequence, sequence.cache().length() + rows, 0, Candidates.NONE));
            }
        }
        return new Draft(shares, decision, gate.current() > 0);
    }

    private static SpeculationGate.Load load(List<Sequence> speculative, BatchRotation rotation) {
        double behind =
                speculative.stream().mapToInt(Sequence::behind).average().orElse(0);
        return new SpeculationGate.Load(rotation.groups(), rotation.size(), behind);
    }

    /** Prompt rows that the group may have in its next pass. */
    private int promptRows(Group group, BatchRotation rotation, int candidates) {
        int decoding = 0;
        for (Sequence sequence : group.sequences()) {
            decoding += sequence.pending() == 1 ? 1 : 0;
        }
        if (decoding == group.size()) {
            return 0;
        }
        boolean waits = decoding > 0 || rotation.sequences().stream().anyMatch(sequence -> sequence.pending() == 1);
        double drafting = candidates == 0 || decoding == 0 ? 0 : costs.draftSeconds(decoding, candidates);
        return chunks.rows(
                decoding * (candidates + 1), waits, rotation.groups(), drafting, costs, costs.passesMeasured());
    }

    /** Learns what a draft and a pass cost and brought. */
    void learn(Draft draft, DecodeRound.Outcome outcome) {
        boolean improved = false;
        if (!outcome.verify().isEmpty()) {
            improved = costs.verified(outcome.rows(), outcome.verify().seconds());
            outcome.verifications().forEach(one -> costs.acceptance().record(one.candidates(), one.accepted()));
        }
        if (improved) {
            gate.goOn(policy.groups());
        }
        if (draft.shares().isEmpty()) {
            return;
        }
        boolean drafted = draft.candidates() > 0 && !outcome.draft().isEmpty();
        if (drafted) {
            double seconds = Math.max(1e-9, outcome.draft().seconds() - outcome.draftWaitNanos() * 1e-9);
            boolean caughtUp = consecutive >= policy.groups();
            if (caughtUp && (draft.typical() || !costs.draftsKnown())) {
                if (costs.drafted(draft.sequences(), draft.candidates(), seconds * draft.decodingShare())) {
                    gate.goOn(policy.groups());
                }
            } else if (draft.decision().reason() == Reason.PROBE) {
                // the draft model caught up: that is not what drafting costs, but what the probe cost
                gate.charge(seconds / costs.computeSeconds(outcome.rows()));
            }
        }
        consecutive = drafted ? consecutive + 1 : 0;
    }
}
