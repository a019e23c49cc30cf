package io.specoffload.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.calibration.ReadLoad.Run;
import io.specoffload.hardware.DiskSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class DiskProbeTest {

    private static final double FULL = 1e9;
    private static final double LATENCY = 1e-4;

    /**
     * A disk in a time of its own: a read waits for the latency, reads side by side wait together, and after the burst's
     * bytes everything is slower.
     */
    private static final class FakeDisk implements ReadLoad {

        private final long burstBytes;
        private final double slowRate;
        private long total;
        private double clock;
        private final List<Integer> requests = new ArrayList<>();
        private long size = 1L << 30;

        FakeDisk(long burstBytes, double slowRate) {
            this.burstBytes = burstBytes;
            this.slowRate = slowRate;
        }

        @Override
        public String name() {
            return "fake.gguf";
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public boolean direct() {
            return true;
        }

        @Override
        public int blockBytes() {
            return 512;
        }

        @Override
        public Run run(int requestBytes, int inFlight, long bytes, double seconds) {
            requests.add(requestBytes);
            double spent = 0;
            long read = 0;
            while (read < bytes && (read == 0 || spent < seconds)) {
                double rate = total < burstBytes ? FULL : slowRate;
                long wave = (long) requestBytes * inFlight;
                spent += LATENCY + wave / rate;
                read += wave;
                total += wave;
            }
            clock += spent;
            return new Run(read, spent);
        }

        @Override
        public double single(int index) {
            // every tenth takes long, which a median does not see
            double time = index % 10 == 0 ? 50 * LATENCY : LATENCY;
            clock += time;
            return time;
        }

        @Override
        public void close() {
            // nothing is held
        }
    }

    private static DiskSpec measure(FakeDisk disk) throws IOException {
        return DiskProbe.measure(disk, 3, null);
    }

    @Test
    void aSteadyDiskShowsNoBurst() throws IOException {
        FakeDisk disk = new FakeDisk(Long.MAX_VALUE, 1);
        DiskSpec spec = measure(disk);

        assertThat(spec.burstBytesPerSecond()).isCloseTo(FULL, Percentage.withPercentage(2));
        assertThat(spec.burstBytes()).isNull();
        assertThat(spec.sustainedBytesPerSecond()).isNull();
        assertThat(spec.plannedBytesPerSecond()).isEqualTo(0.6 * spec.burstBytesPerSecond());
        assertThat(spec.latencySeconds()).isEqualTo(LATENCY);
        // one 256 KiB read at a time: 0.1 ms of waiting for 0.26 ms of reading
        assertThat(spec.readBytesPerSecond(256 << 10, 1))
                .isCloseTo((256 << 10) / (LATENCY + (256 << 10) / FULL), Percentage.withPercentage(0.1));
        assertThat(spec.readBytesPerSecond(4 << 20, 8)).isGreaterThan(spec.readBytesPerSecond(256 << 10, 1));
        assertThat(disk.clock).as("seconds that the disk was used").isBetween(2.0, 3.3);
    }

    @Test
    void theEndOfABurstIsSeen() throws IOException {
        long burst = 1_600_000_000L;
        DiskSpec spec = measure(new FakeDisk(burst, 4e8));

        assertThat(spec.burstBytesPerSecond()).isCloseTo(FULL, Percentage.withPercentage(3));
        assertThat(spec.sustainedBytesPerSecond()).isCloseTo(4e8, Percentage.withPercentage(3));
        assertThat((double) spec.burstBytes()).isCloseTo(burst, within(2.0 * (32 << 20)));
        assertThat(spec.plannedBytesPerSecond()).isEqualTo(spec.sustainedBytesPerSecond());
    }

    @Test
    void aBurstThatEndsBeforeTheLongReadIsSeenToo() throws IOException {
        // the short runs of small reads end it
        DiskSpec spec = measure(new FakeDisk(400_000_000L, 3e8));

        assertThat(spec.sustainedBytesPerSecond()).isCloseTo(3e8, Percentage.withPercentage(3));
        assertThat(spec.burstBytesPerSecond()).isGreaterThan(8e8);
        assertThat(spec.plannedBytesPerSecond()).isEqualTo(spec.sustainedBytesPerSecond());
    }

    @Test
    void aSmallFileIsReadInSizesThatItHas() throws IOException {
        FakeDisk disk = new FakeDisk(Long.MAX_VALUE, 1);
        disk.size = 100_000;
        DiskSpec spec = measure(disk);

        assertThat(disk.requests).containsOnly(256 << 10);
        assertThat(spec.readBytesPerSecond()).containsOnlyKeys(256 << 10);
    }

    @Test
    void noiseIsNotABurst() {
        List<Run> runs = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            // a slow one here and there, and a slow end that is too short to tell
            runs.add(new Run(32 << 20, i % 7 == 0 || i >= 57 ? 0.05 : 0.032));
        }

        assertThat(BurstAnalysis.of(runs).sustainedBytesPerSecond()).isNull();
    }

    @Test
    void oneRunIsEnough() {
        assertThat(BurstAnalysis.of(List.of(new Run(100, 2)))).isEqualTo(new BurstAnalysis(50, null, null));
    }
}
