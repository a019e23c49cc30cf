package io.specoffload.calibration;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostFactsTest {

    private static final HostFacts.Fallback FALLBACK = new HostFacts.Fallback("fallback-cpu", 111, 22);
    private static final String LIMITS = "/proc/self/limits";

    @TempDir
    Path root;

    private SystemFolder system;

    @BeforeEach
    void prepare() {
        system = new SystemFolder(root);
    }

    private HostFacts read(int processors) {
        return HostFacts.read(system.files(), processors, FALLBACK);
    }

    @Test
    void readsWhatTheSystemSays() {
        system.with("/proc/cpuinfo", "processor\t: 0", "model\t\t: 2", "model name\t: Test CPU: 9000", "processor\t: 1")
                .with("/proc/meminfo", "MemTotal:       24684092 kB", "MemFree: 1 kB", "MemAvailable:   19763392 kB")
                .withPageSize(16384)
                .with(
                        LIMITS,
                        "Limit   Soft Limit  Hard Limit  Units",
                        "Max locked memory         8388608   unlimited  bytes");

        HostFacts facts = read(4);

        assertThat(facts.cpu()).isEqualTo(new CpuTopology("Test CPU: 9000", 4, 16384));
        assertThat(facts.memoryTotalBytes()).isEqualTo(24684092L * 1024);
        assertThat(facts.memoryAvailableBytes()).isEqualTo(19763392L * 1024);
        assertThat(facts.lockableBytes()).isEqualTo(8388608);
    }

    @Test
    void asksTheJvmWhereTheSystemSaysNothing() {
        HostFacts facts = read(3);

        assertThat(facts.cpu()).isEqualTo(new CpuTopology("fallback-cpu", 3, 4096));
        assertThat(facts.memoryTotalBytes()).isEqualTo(111);
        assertThat(facts.memoryAvailableBytes()).isEqualTo(22);
        assertThat(facts.lockableBytes()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"8, 2.5, 3", "2, 2.5, 2", "8, 0.2, 1", "8, , 8"})
    void coresAreWhatAffinityAndQuotaLeave(int available, Double quota, int cores) {
        assertThat(CpuTopology.read(system.files(), available, quota, "x").cores())
                .isEqualTo(cores);
    }

    @Test
    void lockingWithoutLimitIsNull() {
        system.with(LIMITS, "Max locked memory         unlimited   unlimited  bytes");

        assertThat(LockProbe.lockableBytes(system.files())).isNull();
    }

    @Test
    void theCapabilityLiftsTheLimit() {
        system.with(LIMITS, "Max locked memory         65536   65536  bytes");
        system.with("/proc/self/status", "CapEff:\t0000000000003fff");
        assertThat(LockProbe.lockableBytes(system.files())).isEqualTo(65536);

        system.with("/proc/self/status", "CapEff:\t0000000000004000");
        assertThat(LockProbe.lockableBytes(system.files())).isNull();
    }

    @Test
    void thisMachineCanBeDescribed() {
        HostFacts facts = HostFacts.read(
                new SystemFiles(Path.of("/")), Runtime.getRuntime().availableProcessors(), HostFacts.Fallback.ofJvm());

        assertThat(facts.memoryTotalBytes()).isGreaterThan(facts.memoryAvailableBytes());
        assertThat(Integer.bitCount(facts.cpu().pageBytes())).isEqualTo(1);
        assertThat(facts.cpu().model()).isNotBlank();
    }
}
