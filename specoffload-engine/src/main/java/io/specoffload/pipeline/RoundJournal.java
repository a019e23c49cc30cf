package io.specoffload.pipeline;

import io.specoffload.telemetry.PlanChangeEvent;
import io.specoffload.telemetry.RoundEvent;
import io.specoffload.telemetry.RoundLog;
import io.specoffload.telemetry.RoundRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Tells of each round: JFR event, record, snapshot. */
final class RoundJournal {

    private static final int KEPT = 256;
    private static final int KEPT_CHANGES = 32;

    private final RoundCosts costs;
    private final PipelineCounters counters;
    private final RoundLog log = new RoundLog(KEPT);
    private final Deque<PlanChange> changes = new ArrayDeque<>();
    private volatile PipelineSnapshot state = PipelineSnapshot.INITIAL;

    RoundJournal(RoundCosts costs, PipelineCounters counters) {
        this.costs = costs;
        this.counters = counters;
    }

    PipelineSnapshot snapshot() {
        PipelineSnapshot last = state;
        return new PipelineSnapshot(
                last.groups(),
                last.groupSizes(),
                last.candidates(),
                last.reason(),
                last.acceptanceRate(),
                last.survival(),
                last.meanAcceptanceLength(),
                last.verifySeconds(),
                last.draftSeconds(),
                last.ioSeconds(),
                last.prefillChunk(),
                last.activeSlots(),
                counters.evicted(),
                last.changes(),
                log.latest());
    }

    void record(
            long number,
            BatchRotation rotation,
            RoundPlanner.Draft draft,
            DecodeRound.Outcome outcome,
            RoundPlanner planner) {
        List<PlanChange> kept = changes(planner.takeChanges());
        RoundRecord entry = new RoundRecord(
                number,
                rotation.groups(),
                outcome.verify(),
                outcome.draft(),
                outcome.shares().size(),
                draft.sequences(),
                outcome.rows(),
                outcome.promptRows(),
                draft.decision().count(),
                draft.decision().describe(),
                outcome.candidates(),
                outcome.accepted(),
                outcome.tokens(),
                outcome.verify().isEmpty() || outcome.draft().isEmpty()
                        ? 0
                        : Math.max(0, outcome.draft().end() - outcome.verify().end()));
        log.add(entry);
        event(entry);
        state = new PipelineSnapshot(
                rotation.groups(),
                List.of(rotation.verifying().size(), rotation.drafting().size()),
                draft.decision().reason() == SpeculationGate.Reason.NO_DRAFT
                        ? state.candidates()
                        : draft.decision().count(),
                draft.decision().reason() == SpeculationGate.Reason.NO_DRAFT
                        ? state.reason()
                        : draft.decision().describe(),
                costs.acceptance().acceptanceRate(),
                survival(),
                costs.acceptance().meanAcceptanceLength(),
                outcome.verify().isEmpty()
                        ? state.verifySeconds()
                        : outcome.verify().seconds(),
                outcome.draft().isEmpty()
                        ? state.draftSeconds()
                        : outcome.draft().seconds(),
                costs.latestIoSeconds(),
                planner.prefillChunk(),
                planner.activeSlots(),
                counters.evicted(),
                kept,
                List.of());
    }

    /** The latest changes of plan, new ones included. */
    private List<PlanChange> changes(List<PlanChange> latest) {
        if (latest.isEmpty()) {
            return state.changes();
        }
        for (PlanChange change : latest) {
            event(change);
            changes.addLast(change);
            if (changes.size() > KEPT_CHANGES) {
                changes.removeFirst();
            }
        }
        return List.copyOf(changes);
    }

    private static void event(PlanChange change) {
        PlanChangeEvent event = new PlanChangeEvent();
        event.round = change.round();
        event.what = change.what();
        event.from = change.from();
        event.to = change.to();
        event.reason = change.reason();
        event.commit();
    }

    private List<Double> survival() {
        List<Double> survival = new ArrayList<>();
        double product = 1;
        for (int j = 0; j < costs.maxCandidates(); j++) {
            product *= costs.acceptance().conditionalAcceptance(j);
            survival.add(product);
        }
        return survival;
    }

    private static void event(RoundRecord entry) {
        RoundEvent event = new RoundEvent();
        if (!event.shouldCommit()) {
            return;
        }
        event.round = entry.round();
        event.groups = entry.groups();
        event.candidates = entry.candidates();
        event.reason = entry.reason();
        event.verified = entry.verified();
        event.accepted = entry.accepted();
        event.tokens = entry.tokens();
        event.commit();
    }
}
