package io.specoffload.pipeline;

import io.specoffload.execution.ForwardExecutor;
import io.specoffload.kv.KvSequence;
import io.specoffload.speculative.Drafter;
import io.specoffload.speculative.Verifier;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs rounds over the sequences in its slots for as long as there are any (continuous batching): at each hand-over
 * point finished and cancelled sequences leave and queued ones enter. One platform thread of its own does all the
 * work; callers only queue and cancel.
 */
public final class DecodePipeline implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(DecodePipeline.class);

    private final ForwardExecutor target;
    private final @Nullable Drafter drafter;
    private final Admission admission;
    private final DecodeRound round;
    private final PipelineCounters counters = new PipelineCounters();
    private final List<Sequence> group = new ArrayList<>();
    private final Thread thread;
    private volatile boolean cancelRunning;

    /**
     * Starts the pipeline's thread.
     *
     * @param target runs the target model; stays the caller's, who closes it after this
     * @param drafter proposes candidates, or null for plain decoding; stays the caller's
     */
    public DecodePipeline(ForwardExecutor target, @Nullable Drafter drafter, PipelineSettings settings) {
        this.target = target;
        this.drafter = settings.candidates() > 0 ? drafter : null;
        this.admission = new Admission(settings.slots(), settings.queueCapacity());
        this.round = new DecodeRound(new Verifier(target), this.drafter, settings, counters);
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

    /** Cancels what waits and what runs. Any thread. */
    public void cancelAll() {
        admission.cancelAll();
        cancelRunning = true;
    }

    /** Cancels everything and ends the thread; returns when it has ended. Idempotent. */
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
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void work() {
        while (admission.await()) {
            do {
                handOver();
                if (!group.isEmpty()) {
                    runRound();
                }
            } while (!group.isEmpty() && !admission.closed());
        }
        group.forEach(sequence -> end(sequence, FinishReason.CANCELLED));
        group.clear();
        admission.drain().forEach(sequence -> end(sequence, FinishReason.CANCELLED));
    }

    /** Sequences leave and enter. */
    private void handOver() {
        long now = System.nanoTime();
        boolean cancelAll = cancelRunning;
        cancelRunning = false;
        group.removeIf(sequence -> {
            boolean leave = cancelAll || sequence.abandoned(now);
            if (leave) {
                end(sequence, FinishReason.CANCELLED);
            }
            return leave;
        });
        List<Sequence> abandoned = new ArrayList<>();
        for (Sequence sequence : admission.take(group.size(), abandoned)) {
            enter(sequence);
        }
        abandoned.forEach(sequence -> end(sequence, FinishReason.CANCELLED));
    }

    private void enter(Sequence sequence) {
        try {
            KvSequence cache = target.kvCache().newSequence();
            counters.running.incrementAndGet();
            sequence.start(cache, drafter);
            group.add(sequence);
        } catch (RuntimeException | Error failure) {
            log.error("A sequence could not take its slot", failure);
            fail(sequence, failure);
        }
    }

    private void runRound() {
        try {
            round.run(group);
        } catch (RuntimeException | Error failure) {
            // errors too (out of memory, a mapped file cut short): the thread must live on, and no caller wait forever;
            // the pass failed for all of them, those that come later may fare better
            log.error("A decode round failed; its {} sequences end with an error", group.size(), failure);
            for (Sequence sequence : group) {
                if (!sequence.finished()) {
                    fail(sequence, failure);
                }
            }
        }
        group.removeIf(sequence -> {
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
