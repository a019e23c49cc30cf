package io.specoffload.execution;

import io.specoffload.store.ExpertCache;
import io.specoffload.store.TensorStore;
import io.specoffload.store.WeightStream;
import io.specoffload.telemetry.ExpertGuesses;
import io.specoffload.telemetry.StreamCounters;
import io.specoffload.telemetry.StreamMonitor;
import io.specoffload.telemetry.SweepEvent;
import io.specoffload.telemetry.SweepStatistics;
import io.specoffload.telemetry.Timeline;
import org.jspecify.annotations.Nullable;

/** Measures sweeps. Begun and ended by the computing thread; the figures may be read by any. */
final class SweepMeter implements StreamMonitor {

    private final TensorStore store;
    private final StreamCounters counters;
    private final GuessGuard guard;
    private final @Nullable ExpertModeChoice choice;
    private SweepEvent event = new SweepEvent();
    private long start;
    private long stallsBefore;
    private long ioBefore;
    private long bytesBefore;
    private Experts before = new Experts(0, 0, 0, 0);
    private volatile SweepStatistics last = SweepStatistics.NONE;

    /**
     * What passes read and guessed.
     *
     * @param misses experts that were neither there nor on their way when a router chose them
     * @param guesses experts that were guessed
     * @param right of them, those that a router then chose
     * @param bytesInVain of experts that were read for a guess and gave way unused
     */
    record Experts(long misses, long guesses, long right, long bytesInVain) {

        static Experts of(StreamCounters counters) {
            return new Experts(
                    counters.expertMisses(),
                    counters.expertGuesses(),
                    counters.expertGuessesRight(),
                    counters.bytesInVain());
        }

        Experts since(Experts before) {
            return new Experts(
                    misses - before.misses,
                    guesses - before.guesses,
                    right - before.right,
                    bytesInVain - before.bytesInVain);
        }
    }

    /**
     * @param guard whose state is shown
     * @param choice tells which experts passes read; null without experts that stream
     */
    SweepMeter(TensorStore store, GuessGuard guard, @Nullable ExpertModeChoice choice) {
        this.store = store;
        this.guard = guard;
        this.choice = choice;
        this.counters = store.counters();
        this.ioBefore = counters.busyNanos(System.nanoTime());
        this.bytesBefore = counters.usefulBytes();
    }

    /** A pass begins. */
    void begin() {
        event = new SweepEvent();
        event.begin();
        start = System.nanoTime();
        stallsBefore = counters.stallNanos();
        before = Experts.of(counters);
    }

    /** Experts since the pass began. */
    Experts experts() {
        return Experts.of(counters).since(before);
    }

    /** A pass is complete. */
    SweepStatistics end(int rows, String expertMode, boolean guessed) {
        long end = System.nanoTime();
        long stall = counters.stallNanos() - stallsBefore;
        long io = counters.busyNanos(end);
        long bytes = counters.usefulBytes();
        counters.sweepEnds();
        SweepStatistics sweep = new SweepStatistics(
                counters.sweeps(),
                (end - start) / 1e9,
                (end - start - stall) / 1e9,
                stall / 1e9,
                (io - ioBefore) / 1e9,
                bytes - bytesBefore,
                rows);
        ioBefore = io;
        bytesBefore = bytes;
        last = sweep;
        store.timeline().record(Timeline.Lane.COMPUTE, Timeline.Kind.SWEEP, start, end, sweep.bytes());
        if (event.shouldCommit()) {
            event.rows = rows;
            event.bytes = sweep.bytes();
            event.stallSeconds = sweep.stallSeconds();
            event.expertMode = expertMode;
            event.guessed = guessed;
            event.commit();
        }
        return sweep;
    }

    @Override
    public SweepStatistics lastSweep() {
        return last;
    }

    @Override
    public StreamCounters counters() {
        return counters;
    }

    @Override
    public Timeline timeline() {
        return store.timeline();
    }

    @Override
    public ExpertGuesses guesses() {
        return guard.state();
    }

    @Override
    public long readAheadBytes() {
        WeightStream stream = store.stream();
        return stream == null ? 0 : stream.readAheadBytes();
    }

    @Override
    public long bytesPerSweep() {
        WeightStream stream = store.stream();
        @Nullable ExpertCache experts = store.experts();
        return (stream == null ? 0 : stream.bytesPerSweep()) + (experts == null ? 0 : experts.totalBytes());
    }

    @Override
    public double expectedBytes(int rows) {
        WeightStream stream = store.stream();
        return (stream == null ? 0 : stream.bytesPerSweep()) + (choice == null ? 0 : choice.expectedBytes(rows));
    }

    @Override
    public double measureDirectReads() {
        return store.measureDirectReads();
    }
}
