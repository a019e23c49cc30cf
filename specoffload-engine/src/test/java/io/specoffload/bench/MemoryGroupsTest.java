package io.specoffload.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Control groups of both versions, made up in a folder. */
class MemoryGroupsTest {

    private static final long LIMIT = 123_000_000;

    @TempDir
    private Path root;

    private Path file(String name, String content) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, content);
    }

    private Path folder(String name) throws IOException {
        return Files.createDirectories(root.resolve(name));
    }

    /** A real group's folder can be removed with all its files; here they have to go first. */
    private static void remove(MemoryGroup group) throws IOException {
        try (Stream<Path> files = Files.list(group.folder())) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        group.close();
        assertThat(group.folder()).doesNotExist();
    }

    @Test
    void versionOneIsLimitedBelowTheOwnGroup() throws IOException {
        file("proc/self/cgroup", "5:cpu:/a\n4:memory:/a/b\n0::/\n");
        folder("sys/fs/cgroup/memory/a/b");
        MemoryGroup group = new MemoryGroups(root).create("bench", LIMIT);
        assertThat(group.folder()).isEqualTo(root.resolve("sys/fs/cgroup/memory/a/b/bench"));
        assertThat(group.version()).isEqualTo(1);
        assertThat(group.folder().resolve("memory.limit_in_bytes")).hasContent(String.valueOf(LIMIT));
        assertThat(group.folder().resolve("memory.memsw.limit_in_bytes")).hasContent(String.valueOf(LIMIT));

        assertThat(group.figures()).isEqualTo(MemoryGroup.Figures.UNKNOWN);
        Path folder = group.folder();
        Files.writeString(folder.resolve("memory.failcnt"), "5\n");
        Files.writeString(folder.resolve("memory.memsw.failcnt"), "12\n");
        Files.writeString(folder.resolve("memory.max_usage_in_bytes"), "99\n");
        Files.writeString(folder.resolve("memory.oom_control"), "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
        assertThat(group.figures()).isEqualTo(new MemoryGroup.Figures(17, 2, 99));
        remove(group);
    }

    @Test
    void aContainerMaySeeItsOwnGroupAsTheRoot() throws IOException {
        file("proc/self/cgroup", "4:cpu,memory:/docker/0123\n");
        folder("sys/fs/cgroup/memory");
        MemoryGroup group = new MemoryGroups(root).create("bench", LIMIT);
        assertThat(group.folder()).isEqualTo(root.resolve("sys/fs/cgroup/memory/bench"));
        remove(group);
    }

    @Test
    void versionTwoIsDelegatedAndLimited() throws IOException {
        file("proc/self/cgroup", "0::/user/run\n");
        file("sys/fs/cgroup/user/run/cgroup.controllers", "cpu memory\n");
        Path control = file("sys/fs/cgroup/user/run/cgroup.subtree_control", "\n");
        MemoryGroup group = new MemoryGroups(root).create("bench", LIMIT);
        assertThat(control).hasContent("+memory");
        assertThat(group.folder()).isEqualTo(root.resolve("sys/fs/cgroup/user/run/bench"));
        assertThat(group.version()).isEqualTo(2);
        assertThat(group.folder().resolve("memory.max")).hasContent(String.valueOf(LIMIT));
        assertThat(group.folder().resolve("memory.swap.max")).hasContent("0");

        Files.writeString(group.folder().resolve("memory.events"), "low 0\nhigh 0\nmax 7\noom 3\noom_kill 1\n");
        Files.writeString(group.folder().resolve("memory.peak"), "88\n");
        assertThat(group.figures()).isEqualTo(new MemoryGroup.Figures(7, 1, 88));
        remove(group);
    }

    @Test
    void delegationIsNotAskedForTwice() throws IOException {
        file("proc/self/cgroup", "0::/\n");
        file("sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
        Path control = file("sys/fs/cgroup/cgroup.subtree_control", "cpu memory\n");
        remove(new MemoryGroups(root).create("bench", LIMIT));
        assertThat(control).hasContent("cpu memory");
    }

    @Test
    void aGroupWithProcessesOfItsOwnCannotDelegate() throws IOException {
        file("proc/self/cgroup", "0::/run\n");
        file("sys/fs/cgroup/run/cgroup.controllers", "memory\n");
        // what cannot be written stands for the kernel's refusal
        folder("sys/fs/cgroup/run/cgroup.subtree_control");
        assertThatThrownBy(() -> new MemoryGroups(root).create("bench", LIMIT))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("+memory")
                .hasMessageContaining("delegated");
        assertThat(root.resolve("sys/fs/cgroup/run/bench")).doesNotExist();
    }

    @Test
    void itIsSaidWhyThereCanBeNone() throws IOException {
        MemoryGroups groups = new MemoryGroups(root);
        assertThatThrownBy(() -> groups.create("bench", LIMIT)).hasMessageContaining("lists no control groups");
        file("proc/self/cgroup", "3:cpu:/\n");
        assertThatThrownBy(() -> groups.create("bench", LIMIT)).hasMessageContaining("no memory control group");
        file("proc/self/cgroup", "3:memory:/a\n");
        assertThatThrownBy(() -> groups.create("bench", LIMIT)).hasMessageContaining("not mounted");
        folder("sys/fs/cgroup/memory/a/bench");
        assertThatThrownBy(() -> groups.create("bench", LIMIT))
                .hasMessageContaining("sys/fs/cgroup/memory/a/bench")
                .hasMessageContaining("exists already");
        file("proc/self/cgroup", "0::/b\n");
        file("sys/fs/cgroup/b/cgroup.controllers", "cpu io\n");
        assertThatThrownBy(() -> groups.create("bench", LIMIT)).hasMessageContaining("not given the memory controller");
    }

    @Test
    void aPathOutOfTheMountIsNotFollowed() throws IOException {
        file("proc/self/cgroup", "4:memory:/../../..\n");
        folder("sys/fs/cgroup/memory");
        MemoryGroup group = new MemoryGroups(root).create("bench", LIMIT);
        assertThat(group.folder()).isEqualTo(root.resolve("sys/fs/cgroup/memory/bench"));
        remove(group);
    }

    @Test
    void aCommandEntersBeforeItRuns() throws Exception {
        file("proc/self/cgroup", "4:memory:/\n");
        folder("sys/fs/cgroup/memory");
        MemoryGroup group = new MemoryGroups(root).create("bench", LIMIT);
        Process process = new ProcessBuilder(group.enter(List.of("sh", "-c", "echo $$ \"$1\"", "sh", "a b"))).start();
        assertThat(process.inputReader().readLine()).isEqualTo(process.pid() + " a b");
        assertThat(process.waitFor()).isZero();
        assertThat(group.folder().resolve("cgroup.procs")).hasContent(process.pid() + "\n");
        remove(group);
    }

    @Test
    void aGroupThatStaysIsNamed() throws IOException {
        file("proc/self/cgroup", "4:memory:/\n");
        folder("sys/fs/cgroup/memory");
        MemoryGroup group = new MemoryGroups(root).create("bench", LIMIT);
        assertThatThrownBy(group::close).hasMessageContaining("rmdir " + group.folder());
    }
}
