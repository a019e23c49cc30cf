package io.specoffload.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostMemoryTest {

    private static final long MIB = 1 << 20;

    @TempDir
    private Path root;

    @BeforeEach
    void system() throws IOException {
        write("proc/meminfo", "MemTotal: 16777216 kB\nMemAvailable: 8388608 kB\n");
    }

    private void write(String name, String text) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private long budget() {
        return new HostMemory(root).defaultBudget(1024 * MIB).orElseThrow();
    }

    private static long after(long available) {
        long left = available - 1024 * MIB - 256 * MIB;
        return left - left / 10;
    }

    @Test
    void withoutGroupsTheSystemDecides() {
        assertThat(budget()).isEqualTo(after(8192 * MIB));
    }

    @Test
    void groupsOfVersionTwo() throws IOException {
        write("proc/self/cgroup", "0::/app/one\n");
        write("sys/fs/cgroup/cgroup.controllers", "memory\n");
        write("sys/fs/cgroup/app/one/memory.max", "max\n");
        write("sys/fs/cgroup/app/memory.max", (4096 * MIB) + "\n");
        write("sys/fs/cgroup/app/memory.current", (1000 * MIB) + "\n");
        assertThat(budget()).isEqualTo(after(3096 * MIB));
    }

    @Test
    void groupsOfVersionOne() throws IOException {
        write("proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/docker/abc\n");
        // inside a container, the own group is mounted as the root
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", (3000 * MIB) + "\n");
        write("sys/fs/cgroup/memory/memory.usage_in_bytes", (500 * MIB) + "\n");
        assertThat(budget()).isEqualTo(after(2500 * MIB));
    }

    @Test
    void aGroupWithMoreThanTheSystemHasDoesNotMatter() throws IOException {
        write("proc/self/cgroup", "4:memory:/\n");
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        assertThat(budget()).isEqualTo(after(8192 * MIB));
    }

    @Test
    void neverNegative() throws IOException {
        write("proc/self/cgroup", "0::/\n");
        write("sys/fs/cgroup/cgroup.controllers", "memory\n");
        write("sys/fs/cgroup/memory.max", (100 * MIB) + "\n");
        assertThat(budget()).isZero();
    }

    @Test
    void anUnknownSystemSaysNothing() throws IOException {
        Files.delete(root.resolve("proc/meminfo"));
        assertThat(new HostMemory(root).defaultBudget(1)).isEmpty();
    }
}
