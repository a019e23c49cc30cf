package io.specoffload.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.hardware.BandwidthCurve;
import io.specoffload.hardware.HardwareProfile;
import io.specoffload.tensor.DType;
import io.specoffload.testing.Profiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CalibratorTest {

    @TempDir
    Path folder;

    private SystemFolder system;
    private Path cache;
    private Path model;
    private int measured;
    private String kernels = "cpu (vector-256, 2 threads)";
    private String version = "1";
    private String gpu = "none";
    private int processors = 2;
    private long now;
    private long deviceNanos;
    private double share = 1;
    private boolean settled = true;
    private long allowedBytes;
    private int prepared;
    private double granted;
    private final List<Double> allowed = new ArrayList<>();

    @BeforeEach
    void prepare() throws IOException {
        system = new SystemFolder(folder.resolve("system"))
                .with("/proc/cpuinfo", "model name : Test CPU")
                .with("/proc/meminfo", "MemTotal: 1000 kB", "MemAvailable: 900 kB");
        cache = folder.resolve("cache");
        model = Files.write(folder.resolve("model.gguf"), new byte[1 << 20]);
    }

    /** Compute speed that tells how often it was measured. */
    private final class Compute implements ComputeProbe {
        @Override
        public String identity() {
            return kernels;
        }

        @Override
        public int vectorBits() {
            return 256;
        }

        @Override
        public void prepare(double seconds, long mostBytes) {
            prepared++;
            granted += seconds;
        }

        @Override
        public Measured measure(double seconds, long mostBytes) {
            measured++;
            allowedBytes = mostBytes;
            allowed.add(seconds);
            granted += seconds;
            return new Measured(Map.of(DType.F32, Profiles.compute(measured, 2 * measured)), null, settled);
        }
    }

    private final class Device implements DeviceProbe {
        @Override
        public String identity() {
            return gpu;
        }

        @Override
        public Finding measure(double seconds) {
            granted += seconds;
            now += deviceNanos;
            return gpu.equals("none")
                    ? new Finding(null, "no GPU here")
                    : new Finding(Profiles.withDevice().device(), null);
        }
    }

    private BandwidthCurve memory(int threads, double seconds, long mostBytes) {
        granted += seconds;
        return Profiles.bandwidth(1e10, threads * 1e10);
    }

    private Calibrator calibrator() {
        AtomicLong clock = new AtomicLong();
        return new Calibrator(
                new Calibrator.Host(system.files(), processors, version, () -> now, cores -> share),
                new Compute(),
                this::memory,
                // every look at the clock takes 50 ms: reading ends after a few
                new DiskSource(model, folder, () -> clock.addAndGet(50_000_000)),
                new Device(),
                cache);
    }

    private static double speed(HardwareProfile profile) {
        return profile.host().compute(DType.F32).gigaflops(1);
    }

    @Test
    void theProfileHoldsWhatTheProbesFound() {
        HardwareProfile profile = calibrator().profile();

        assertThat(profile.host().cpuModel()).isEqualTo("Test CPU");
        assertThat(profile.host().memoryTotalBytes()).isEqualTo(1_024_000);
        assertThat(profile.host().ramReadBytesPerSecond().at(2)).isEqualTo(2e10);
        assertThat(profile.host().vectorBits()).isEqualTo(256);
        assertThat(profile.disk().measuredOn()).isEqualTo(model.toString());
        assertThat(profile.device()).isNull();
        assertThat(profile.deviceProblem()).isEqualTo("no GPU here");
        assertThat(prepared).as("kernels are compiled while the disk reads").isEqualTo(1);
    }

    @Test
    void aSecondStartReadsTheMeasurements() {
        HardwareProfile first = calibrator().profile();

        assertThat(calibrator().profile()).isEqualTo(first);
        assertThat(measured).isEqualTo(1);
    }

    @Test
    void whatChangesWithEveryMomentIsReadAnew() {
        calibrator().profile();
        system.with("/proc/meminfo", "MemTotal: 1000 kB", "MemAvailable: 300 kB");

        assertThat(calibrator().profile().host().memoryAvailableBytes()).isEqualTo(307_200);
        assertThat(measured).isEqualTo(1);
    }

    @Test
    void recalibratingReplacesTheMeasurements() {
        calibrator().profile();

        assertThat(speed(calibrator().recalibrate())).isEqualTo(2);
        assertThat(speed(calibrator().profile())).isEqualTo(2);
    }

    @Test
    void anotherMachineLimitOrVersionIsMeasuredAnew() throws IOException {
        Runnable[] changes = {
            () -> kernels = "cpu (scalar, 2 threads)",
            () -> version = "2",
            () -> gpu = "Test GPU, driver 12.4",
            () -> processors = 4,
            () -> system.with("/proc/cpuinfo", "model name : Other CPU"),
            () -> system.with("/proc/self/limits", "Max locked memory  4096  4096  bytes"),
            () -> system.with("/proc/self/cgroup", "0::/")
                    .with("/sys/fs/cgroup/cgroup.controllers", "memory")
                    .with("/sys/fs/cgroup/memory.max", "500000"),
            () -> system.with("/sys/fs/cgroup/cpu.max", "50000 100000"),
            () -> system.with("/proc/meminfo", "MemTotal: 2000 kB", "MemAvailable: 900 kB"),
            () -> model = folder.resolve("absent.gguf"),
        };
        calibrator().profile();
        for (int i = 0; i < changes.length; i++) {
            changes[i].run();
            calibrator().profile();
            calibrator().profile();
            assertThat(measured).as("after change %d", i).isEqualTo(i + 2);
        }
        try (Stream<Path> files = Files.list(cache)) {
            assertThat(files).hasSize(changes.length + 1);
        }
    }

    @Test
    void backOnTheOldMachineItsMeasurementsAreStillThere() {
        HardwareProfile first = calibrator().profile();
        version = "2";
        calibrator().profile();
        version = "1";

        assertThat(calibrator().profile()).isEqualTo(first);
        assertThat(measured).isEqualTo(2);
    }

    @Test
    void aDamagedCacheIsMeasuredAnewAndRepaired() throws IOException {
        for (String damage : new String[] {"", "{", "{\"measuredOn\": {}}", "[]", "{\"profile\": 7}"}) {
            calibrator().profile();
            try (Stream<Path> files = Files.list(cache)) {
                Files.writeString(files.findFirst().orElseThrow(), damage);
            }
            int before = measured;
            HardwareProfile repaired = calibrator().profile();

            assertThat(measured).as("after '%s'", damage).isEqualTo(before + 1);
            assertThat(calibrator().profile()).isEqualTo(repaired);
        }
    }

    @Test
    void aCacheOfOtherFactsUnderTheSameNameIsNotTaken() throws IOException {
        calibrator().profile();
        try (Stream<Path> files = Files.list(cache)) {
            Path file = files.findFirst().orElseThrow();
            Files.writeString(file, Files.readString(file).replace("vector-256, 2", "vector-512, 8"));
        }

        assertThat(speed(calibrator().profile())).isEqualTo(2);
    }

    @Test
    void aCacheThatCannotBeWrittenIsDoneWithout() throws IOException {
        Files.writeString(cache, "a file where the folder should be");

        assertThat(speed(calibrator().profile())).isEqualTo(1);
        assertThat(speed(calibrator().profile())).isEqualTo(2);
    }

    @Test
    void aDiskThatCannotBeReadIsSaidAndTheRestMeasured() {
        model = folder.resolve("absent.gguf");
        HardwareProfile profile = calibrator().profile();

        assertThat(profile.disk()).isNull();
        assertThat(profile.diskProblem()).contains("cannot be measured").contains("absent.gguf");
        assertThat(speed(profile)).isEqualTo(1);
    }

    @Test
    void measuringTakesAShareOfTheMemoryThatIsLeft() {
        calibrator().recalibrate();
        assertThat(allowedBytes).isEqualTo(900 * 1024 / 8);

        system.with("/proc/self/cgroup", "0::/")
                .with("/sys/fs/cgroup/cgroup.controllers", "memory")
                .with("/sys/fs/cgroup/memory.max", "500000")
                .with("/sys/fs/cgroup/memory.current", "100000");
        calibrator().recalibrate();
        assertThat(allowedBytes).isEqualTo(400000 / 8);
    }

    @Test
    void whatWasMeasuredOnABusyMachineHoldsUntilThereIsBetter() {
        assertThat(calibrator().kept()).isEmpty();
        share = 0.5;
        assertThat(speed(calibrator().profile())).isEqualTo(1);
        assertThat(speed(calibrator().kept().orElseThrow()))
                .as("better than nothing where there is no time to measure")
                .isEqualTo(1);
        share = 1;
        assertThat(speed(calibrator().profile())).isEqualTo(2);
        share = 0.5;
        assertThat(speed(calibrator().recalibrate())).isEqualTo(3);

        assertThat(speed(calibrator().profile()))
                .as("what a quiet machine showed")
                .isEqualTo(2);
        assertThat(speed(calibrator().kept().orElseThrow())).isEqualTo(2);
    }

    @Test
    void onABusierMachineWhatWasMeasuredBeforeHolds() {
        share = 0.6;
        assertThat(speed(calibrator().profile())).isEqualTo(1);
        share = 0.1;
        assertThat(speed(calibrator().profile())).isEqualTo(1);
        assertThat(measured).as("it was measured again").isEqualTo(2);
        share = 0.7;
        assertThat(speed(calibrator().profile())).isEqualTo(3);
        share = 0.1;
        assertThat(speed(calibrator().recalibrate()))
                .as("who asks for it gets it")
                .isEqualTo(4);
    }

    @Test
    void whatWasStillGettingFasterIsMeasuredAgain() {
        settled = false;
        assertThat(speed(calibrator().profile())).isEqualTo(1);
        assertThat(speed(calibrator().kept().orElseThrow())).isEqualTo(1);
        settled = true;
        assertThat(speed(calibrator().profile())).isEqualTo(2);
        assertThat(speed(calibrator().profile())).isEqualTo(2);
    }

    @Test
    void aMachineThatIsNeverQuietIsNotMeasuredAtEveryStart() {
        share = 0.4;
        assertThat(speed(calibrator().profile())).isEqualTo(1);
        share = 0.6;
        assertThat(speed(calibrator().profile())).isEqualTo(2);
        share = 0.5;
        assertThat(speed(calibrator().profile())).as("the best so far").isEqualTo(2);
        assertThat(measured).isEqualTo(3);
        assertThat(speed(calibrator().profile())).isEqualTo(2);
        assertThat(measured).as("often enough").isEqualTo(3);
        share = 0.7;
        assertThat(speed(calibrator().recalibrate())).isEqualTo(4);
        assertThat(speed(calibrator().profile())).isEqualTo(4);
    }

    @Test
    void theShareOfTheProcessorsIsAShare() {
        assertThat(ProcessorShare.measure(2)).isBetween(0.0, 1.1);
    }

    @Test
    void allOfItTakesLessThanTenSeconds() {
        calibrator().recalibrate();

        // kernels are prepared for as long as the disk is read; the share of the processors takes 0.1 s
        assertThat(granted).isBetween(8.0, 9.5);
    }

    @Test
    void whoComesLateGetsLessTime() {
        for (long seconds : new long[] {0, 7, 100}) {
            deviceNanos = seconds * 1_000_000_000;
            calibrator().recalibrate();
        }

        assertThat(allowed.get(0)).isPositive();
        assertThat(allowed.get(1)).isCloseTo(2, within(1e-9));
        assertThat(allowed.get(2)).isPositive().isLessThan(1);
        assertThat(allowed.get(0)).isGreaterThan(allowed.get(1));
    }

    @Test
    void aDeviceIsInTheProfile() {
        gpu = "Test GPU";

        assertThat(calibrator().profile().device())
                .isEqualTo(Profiles.withDevice().device());
        assertThat(calibrator().profile().device())
                .as("from the cache")
                .isEqualTo(Profiles.withDevice().device());
    }
}
