package io.specoffload.calibration;

import io.specoffload.calibration.ReadLoad.Run;
import io.specoffload.hardware.BandwidthCurve;
import io.specoffload.hardware.DiskSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Measures a disk by reading a file as weights are streamed: large reads, several in flight. First single blocks for
 * the latency, then sizes and numbers of reads for a short while each, and the best of them without a pause until the
 * time is up, to see whether the disk falls back after a burst.
 */
final class DiskProbe {

    static final List<Integer> REQUEST_BYTES = List.of(256 << 10, 1 << 20, 4 << 20);
    static final List<Integer> IN_FLIGHT = List.of(1, 2, 4, 8);
    private static final int SINGLE_READS = 41;
    private static final double SINGLE_SHARE = 0.05;
    private static final double GRID_SHARE = 0.3;
    private static final long GRID_BYTES = 64L << 20;
    private static final long STREAM_BYTES = 32L << 20;

    /** Where the stream is this much slower than the best short run, the burst had ended before it. */
    private static final double FELL_BEFORE = 0.7;

    private DiskProbe() {}

    /**
     * Measures.
     *
     * @param seconds about how long it may take
     * @param remark what limits the trust in the figures, or null
     * @throws IOException if the file cannot be read
     */
    static DiskSpec measure(ReadLoad load, double seconds, @Nullable String remark) throws IOException {
        double latency = latency(load, SINGLE_SHARE * seconds);
        Grid grid = new Grid(load, GRID_SHARE * seconds);
        BurstAnalysis burst = stream(load, grid, (1 - GRID_SHARE - SINGLE_SHARE) * seconds);
        return new DiskSpec(
                load.name(),
                load.direct(),
                load.blockBytes(),
                latency,
                grid.curves(),
                burst.burstBytesPerSecond(),
                burst.burstBytes(),
                burst.sustainedBytesPerSecond(),
                remark);
    }

    private static double latency(ReadLoad load, double seconds) throws IOException {
        double[] times = new double[SINGLE_READS];
        int runs = 0;
        double spent = 0;
        while (runs < SINGLE_READS && (runs < 3 || spent < seconds)) {
            times[runs] = load.single(runs);
            spent += times[runs++];
        }
        Arrays.sort(times, 0, runs);
        return times[runs / 2];
    }

    /** Short runs of every size and number that the file is large enough for. */
    private static final class Grid {

        private final SortedMap<Integer, BandwidthCurve> curves = new TreeMap<>();
        private int bestRequest;
        private int bestInFlight;
        private double bestRate;
        private long bytes;

        Grid(ReadLoad load, double seconds) throws IOException {
            double each = seconds / (REQUEST_BYTES.size() * IN_FLIGHT.size());
            for (int request : REQUEST_BYTES) {
                if (request > load.size() && request > REQUEST_BYTES.getFirst()) {
                    break;
                }
                SortedMap<Integer, Double> rates = new TreeMap<>();
                for (int inFlight : IN_FLIGHT) {
                    Run run = load.run(request, inFlight, GRID_BYTES, each);
                    bytes += run.bytes();
                    rates.put(inFlight, run.bytesPerSecond());
                    if (run.bytesPerSecond() > bestRate) {
                        bestRate = run.bytesPerSecond();
                        bestRequest = request;
                        bestInFlight = inFlight;
                    }
                }
                curves.put(request, new BandwidthCurve(rates));
            }
        }

        SortedMap<Integer, BandwidthCurve> curves() {
            return curves;
        }
    }

    private static BurstAnalysis stream(ReadLoad load, Grid grid, double seconds) throws IOException {
        List<Run> runs = new ArrayList<>();
        double spent = 0;
        while (spent < seconds) {
            Run run = load.run(grid.bestRequest, grid.bestInFlight, STREAM_BYTES, seconds - spent);
            runs.add(run);
            spent += run.seconds();
        }
        BurstAnalysis seen = BurstAnalysis.of(runs);
        Long burstBytes = seen.burstBytes();
        if (burstBytes != null) {
            return new BurstAnalysis(
                    seen.burstBytesPerSecond(), grid.bytes + burstBytes, seen.sustainedBytesPerSecond());
        }
        return seen.burstBytesPerSecond() < FELL_BEFORE * grid.bestRate
                ? new BurstAnalysis(grid.bestRate, grid.bytes, seen.burstBytesPerSecond())
                : seen;
    }
}
