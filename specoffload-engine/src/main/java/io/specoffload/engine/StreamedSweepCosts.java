package io.specoffload.engine;

import io.specoffload.pipeline.SweepCosts;
import io.specoffload.telemetry.StreamMonitor;
import io.specoffload.telemetry.SweepStatistics;

/**
 * What a stream's live figures say about the cost of a pass.
 *
 * @param monitor of the target's weights
 * @param modelLayers layers of the target
 * @param serial whether reading rests while nothing is computed
 */
record StreamedSweepCosts(StreamMonitor monitor, int modelLayers, boolean serial) implements SweepCosts {

    @Override
    public double ioSeconds() {
        return monitor.lastSweep().ioSeconds();
    }

    @Override
    public double expectedBytes(int rows) {
        return Math.max(1, monitor.expectedBytes(rows));
    }

    @Override
    public double stallSeconds() {
        return monitor.lastSweep().stallSeconds();
    }

    @Override
    public double stagingSeconds() {
        SweepStatistics sweep = monitor.lastSweep();
        if (serial || sweep.bytes() == 0) {
            return 0;
        }
        return sweep.ioSeconds() * monitor.readAheadBytes() / sweep.bytes();
    }

    @Override
    public int layers() {
        return modelLayers;
    }
}
