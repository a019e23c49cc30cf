package io.specoffload.execution;

import io.specoffload.store.ExpertCache;
import io.specoffload.store.TensorStore;
import io.specoffload.store.WeightStream;
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
    private SweepEvent event = new SweepEvent();
    private long start;
    private long stallsBefore;
    private long ioBefore;
    private long bytesBefore;
    private long missesBefore;
    private volatile SweepStatistics last = SweepStatistics.NONE;

    SweepMeter(TensorStore store) {
        this.store = store;
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
        missesBefore = counters.expertMisses();
    }

    /** Experts that had been waited for when the pass began. */
    long expertMissesBefore() {
        return missesBefore;
    }

    /** A pass is complete. */
    SweepStatistics end(int rows, String expertMode) {
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
    public int stagingLayers() {
        WeightStream stream = store.stream();
        return stream == null ? 0 : stream.depth();
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
    public double measureDirectReads() {
        return store.measureDirectReads();
    }
}
