package io.specoffload.calibration;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerLimitsTest {

    private static final String V1_UNLIMITED = "9223372036854771712";

    @TempDir
    Path root;

    private SystemFolder system;

    @BeforeEach
    void prepare() {
        system = new SystemFolder(root);
    }

    private ContainerLimits read() {
        return ContainerLimits.read(system.files());
    }

    @Test
    void aSystemWithoutControlGroupsHasNoLimits() {
        assertThat(read()).isEqualTo(new ContainerLimits(null, null, null));
    }

    @Test
    void version1WithoutLimits() {
        system.with("/proc/self/cgroup", "4:memory:/app", "1:cpu:/")
                .with("/sys/fs/cgroup/memory/app/memory.limit_in_bytes", V1_UNLIMITED)
                .with("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1")
                .with("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000");

        assertThat(read()).isEqualTo(new ContainerLimits(null, null, null));
    }

    @Test
    void version1TakesTheTightestLimitOfItsGroupAndThoseAbove() {
        system.with("/proc/self/cgroup", "11:memory:/pod/app", "3:cpu,cpuacct:/pod/app")
                .with("/sys/fs/cgroup/memory/pod/app/memory.limit_in_bytes", "8000000000")
                .with("/sys/fs/cgroup/memory/pod/app/memory.usage_in_bytes", "100")
                .with("/sys/fs/cgroup/memory/pod/memory.limit_in_bytes", "2000000000")
                .with("/sys/fs/cgroup/memory/pod/memory.usage_in_bytes", "700000000")
                .with(
                        "/sys/fs/cgroup/memory/pod/memory.stat",
                        "cache 999",
                        "inactive_file 5",
                        "total_inactive_file 200000000")
                .with("/sys/fs/cgroup/memory/memory.limit_in_bytes", V1_UNLIMITED)
                .with("/sys/fs/cgroup/cpu,cpuacct/pod/app/cpu.cfs_quota_us", "150000")
                .with("/sys/fs/cgroup/cpu,cpuacct/pod/app/cpu.cfs_period_us", "100000");

        // page cache that is first to go is not in use
        assertThat(read()).isEqualTo(new ContainerLimits(2_000_000_000L, 500_000_000L, 1.5));
    }

    @Test
    void version1InAContainerSeesItsOwnGroupAsTheRoot() {
        system.with("/proc/self/cgroup", "11:memory:/docker/0123", "3:cpu:/docker/0123")
                .with("/sys/fs/cgroup/memory/memory.limit_in_bytes", "1000000")
                .with("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000")
                .with("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000");

        assertThat(read()).isEqualTo(new ContainerLimits(1_000_000L, 0L, 0.5));
    }

    @Test
    void version2WithLimits() {
        system.with("/proc/self/cgroup", "0::/system.slice/app.service")
                .with("/sys/fs/cgroup/cgroup.controllers", "cpu memory")
                .with("/sys/fs/cgroup/system.slice/app.service/memory.max", "max")
                .with("/sys/fs/cgroup/system.slice/app.service/cpu.max", "max 100000")
                .with("/sys/fs/cgroup/system.slice/memory.max", "4000000000")
                .with("/sys/fs/cgroup/system.slice/memory.current", "3000000000")
                .with("/sys/fs/cgroup/system.slice/memory.stat", "anon 1", "inactive_file 1000000000")
                .with("/sys/fs/cgroup/system.slice/cpu.max", "250000 100000");

        assertThat(read()).isEqualTo(new ContainerLimits(4_000_000_000L, 2_000_000_000L, 2.5));
    }

    @Test
    void version2OutsideOfTheNamespaceFallsBackToTheMount() {
        system.with("/proc/self/cgroup", "0::/../..")
                .with("/sys/fs/cgroup/cgroup.controllers", "memory")
                .with("/sys/fs/cgroup/memory.max", "123456789");

        assertThat(read().memoryLimitBytes()).isEqualTo(123_456_789L);
    }

    @Test
    void aHybridSystemKeepsVersion2Elsewhere() {
        system.with("/proc/self/cgroup", "4:memory:/", "0::/")
                .with("/sys/fs/cgroup/unified/cpu.max", "300000 100000")
                .with("/sys/fs/cgroup/memory/memory.limit_in_bytes", "77777");

        assertThat(read()).isEqualTo(new ContainerLimits(77_777L, 0L, 3.0));
    }

    @Test
    void nonsenseIsNoLimit() {
        system.with("/proc/self/cgroup", "garbage", "4:memory:/", "0::/")
                .with("/sys/fs/cgroup/memory/memory.limit_in_bytes", "many")
                .with("/sys/fs/cgroup/unified/cpu.max", "");

        assertThat(read()).isEqualTo(new ContainerLimits(null, null, null));
    }
}
