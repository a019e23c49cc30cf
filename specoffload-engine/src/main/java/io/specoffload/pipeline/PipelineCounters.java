package io.specoffload.pipeline;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Totals since the pipeline started; written by its thread, read by any. */
public final class PipelineCounters {

    final AtomicInteger running = new AtomicInteger();
    final AtomicLong accepted = new AtomicLong();
    final AtomicLong evicted = new AtomicLong();
    final AtomicLong completed = new AtomicLong();
    final AtomicLong cancelled = new AtomicLong();
    final AtomicLong failed = new AtomicLong();
    final AtomicLong promptTokens = new AtomicLong();
    final AtomicLong completionTokens = new AtomicLong();
    final AtomicLong rounds = new AtomicLong();
    final AtomicLong drafted = new AtomicLong();

    PipelineCounters() {}

    /** Counts a sequence's end, before its listener hears of it. */
    void ending(Sequence sequence, AtomicLong kind) {
        kind.incrementAndGet();
        if (sequence.holdsSlot()) {
            running.decrementAndGet();
        }
    }

    /** Sequences in slots now. */
    public int running() {
        return running.get();
    }

    /** Sequences that ended by themselves. */
    public long completed() {
        return completed.get();
    }

    /** Sequences that were cancelled or ran out of time. */
    public long cancelled() {
        return cancelled.get();
    }

    /** Sequences on which the engine failed. */
    public long failed() {
        return failed.get();
    }

    /** Prompt tokens processed. */
    public long promptTokens() {
        return promptTokens.get();
    }

    /** New tokens. */
    public long completionTokens() {
        return completionTokens.get();
    }

    /** Forward passes of the target. */
    public long rounds() {
        return rounds.get();
    }

    /** Sequences that gave up their slot for want of cache pages, and were queued again. */
    public long evicted() {
        return evicted.get();
    }

    /** Candidates proposed. */
    public long drafted() {
        return drafted.get();
    }

    /** Candidates accepted. */
    public long accepted() {
        return accepted.get();
    }
}
