package io.specoffload.pipeline;

import io.specoffload.execution.ComputeGate;
import io.specoffload.execution.ForwardExecutor;
import io.specoffload.kv.KvCache;
import io.specoffload.kv.KvSequence;
import io.specoffload.speculative.Drafter;
import io.specoffload.speculative.Verifier;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs rounds over one or two groups of slots for as long as any is taken (continuous batching inside the rotation): at
 * a group's hand-over point finished and cancelled sequences leave it and queued ones enter. One platform thread
 * verifies and accepts, another one drafts; callers only queue and cancel.
 */
public final class DualBatchPipeline implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(DualBatchPipeline.class);

    private final ForwardExecutor target;
    private final @Nullable Drafter drafter;
    private final PipelineResources resources;
    private final Admission admission;
    private final BatchRotation rotation;
    private final RoundPlanner planner;
    private final DecodeRound round;
    private final Lane draftLane;
    private final PipelineCounters counters = new PipelineCounters();
    private final RoundJournal journal;
    private final Thread thread;
    private volatile boolean cancelRunning;
    private long number;

    /** As {@link #DualBatchPipeline(ForwardExecutor, Drafter, PipelineSettings, PipelineResources)}, on one device. */
    public DualBatchPipeline(ForwardExecutor target, @Nullable Drafter drafter, PipelineSettings settings) {
        this(target, drafter, settings, PipelineResources.shared(new ComputeGate()));
    }

    /**
     * Starts the pipeline's threads.
     *
     * @param target runs the target model; stays the caller's, who closes it after this
     * @param drafter proposes candidates, or null for plain decoding; stays the caller's
     */
    public DualBatchPipeline(
            ForwardExecutor target, @Nullable Drafter drafter, PipelineSettings settings, PipelineResources resources) {
        this.target = target;
        this.drafter = settings.candidates() > 0 ? drafter : null;
        this.resources = resources;
        this.admission = new Admission(settings.slots(), settings.queueCapacity(), resources.clock());
        RoundCosts costs = new RoundCosts(
                settings.candidates(), resources.sweeps(), resources.sharedCompute(), resources.forecast());
        this.planner = new RoundPlanner(settings, costs, this.drafter != null);
        this.rotation = new BatchRotation(settings.slots(), planner.groups());
        this.journal = new RoundJournal(costs, counters);
        this.draftLane = resources.draftLane().get();
        this.round =
                new DecodeRound(new Verifier(target), this.drafter, draftLane, resources, counters, admission::putBack);
        this.thread =
                Thread.ofPlatform().name("specoffload-pipeline").daemon(true).unstarted(this::work);
        thread.start();
    }

    /** Queues a sequence; false if the queue is full or the pipeline closed. Any thread. */
    public boolean submit(Sequence sequence) {
        return admission.offer(sequence);
    }

    public boolean closed() {
        return admission.closed();
    }

    /** Sequences that wait for a slot. */
    public int queued() {
        return admission.waiting();
    }

    public PipelineCounters counters() {
        return counters;
    }

    /** How the last round went. Any thread. */
    public PipelineSnapshot snapshot() {
        return journal.snapshot();
    }

    /** Cancels what waits and what runs. Any thread. */
    public void cancelAll() {
        admission.cancelAll();
        cancelRunning = true;
    }

    /** Cancels everything and ends the threads; returns when they have ended. Idempotent. */
    @Override
    public void close() {
        admission.close();
        boolean interrupted = false;
        while (thread.isAlive() && !Thread.currentThread().equals(thread)) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                // leaving now would free memory that the round still reads
                interrupted = true;
            }
        }
        draftLane.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void work() {
        while (admission.await()) {
            do {
                leave();
                planner.arrange(number + 1, rotation);
                rotation.arrange();
                enter();
                if (!rotation.isEmpty()) {
                    runRound();
                    rotation.swap();
                }
            } while (!rotation.isEmpty() && !admission.closed());
        }
        rotation.sequences().forEach(sequence -> end(sequence, FinishReason.CANCELLED));
        rotation.removeIf(sequence -> true);
        admission.drain().forEach(sequence -> end(sequence, FinishReason.CANCELLED));
    }

    /** Cancelled sequences leave. */
    private void leave() {
        long now = resources.clock().getAsLong();
        boolean cancelAll = cancelRunning;
        cancelRunning = false;
        rotation.removeIf(sequence -> {
            boolean leave = cancelAll || sequence.abandoned(now);
            if (leave) {
                end(sequence, FinishReason.CANCELLED);
            }
            return leave;
        });
    }

    /** Queued sequences enter the group that is drafted for next. */
    private void enter() {
        List<Sequence> abandoned = new ArrayList<>();
        for (Sequence sequence : admission.take(rotation.size(), rotation::room, new FreePages(), abandoned)) {
            try {
                KvSequence cache = target.kvCache().newSequence();
                counters.running.incrementAndGet();
                sequence.start(cache, drafter);
                rotation.drafting().add(sequence);
            } catch (RuntimeException | Error failure) {
                log.error("A sequence could not take its slot", failure);
                fail(sequence, failure);
            }
        }
        abandoned.forEach(sequence -> end(sequence, FinishReason.CANCELLED));
    }

    /** Whether the target's cache has pages for what a sequence has so far; each one asked for counts for the next. */
    private final class FreePages implements Predicate<Sequence> {
        private final KvCache cache = target.kvCache();
        private long free = (long) cache.pages() - cache.pagesInUse();
        private boolean first = rotation.isEmpty();

        @Override
        public boolean test(Sequence sequence) {
            // with nobody else running it gets whatever there is, and an error if that is too little
            free -= cache.pagesFor(sequence.length() + planner.maxCandidates() + 1);
            boolean fits = first || free >= 0;
            first = false;
            return fits;
        }
    }

    private void runRound() {
        Group verifying = rotation.verifying();
        Group drafting = rotation.drafting();
        RoundPlanner.Draft draft = planner.schedule(drafting, rotation);
        try {
            DecodeRound.Outcome outcome = round.run(++number, verifying, drafting, draft);
            planner.learn(draft, outcome);
            journal.record(number, rotation, draft, outcome, planner);
        } catch (RuntimeException | Error failure) {
            // errors too (out of memory, a mapped file cut short): the thread must live on, and no caller wait forever;
            // the pass failed for all of them, those that come later may fare better
            log.error("A decode round failed; its {} sequences end with an error", verifying.size(), failure);
            for (Sequence sequence : verifying.sequences()) {
                if (!sequence.finished()) {
                    fail(sequence, failure);
                }
            }
        }
        verifying.handOver();
        verifying.removeIf(sequence -> {
            if (sequence.finished() && !sequence.failed()) {
                end(sequence, sequence.finishReason());
            }
            return sequence.finished();
        });
    }

    private void fail(Sequence sequence, Throwable failure) {
        counters.ending(sequence, counters.failed);
        sequence.fail(failure);
    }

    private void end(Sequence sequence, FinishReason reason) {
        counters.ending(sequence, reason == FinishReason.CANCELLED ? counters.cancelled : counters.completed);
        sequence.finish(reason);
    }
}
