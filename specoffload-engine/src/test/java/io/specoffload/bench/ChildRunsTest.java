package io.specoffload.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildRunsTest {

    private static final long LIMIT = 200_000_000;

    @TempDir
    private Path root;

    private static List<String> shell(String script) {
        return List.of("/bin/sh", "-c", script);
    }

    @Test
    void withoutGroupsChildrenRunAllTheSame() throws IOException {
        try (ChildRuns runs = new ChildRuns(root, LIMIT)) {
            assertThat(runs.withoutGroups()).contains("lists no control groups");
            assertThat(runs.groupVersion()).isZero();
            ChildRuns.Run<Integer> run = runs.run(
                    shell("echo progress; echo '{\"a\": 5}'; cat > /dev/null"),
                    child -> child.answer().path("a").asInt());
            assertThat(run.answer()).isEqualTo(5);
            assertThat(run.failure()).isNull();
            assertThat(run.group()).isEqualTo(MemoryGroup.Figures.UNKNOWN);
            assertThat(run.peakMemory()).isPositive();
        }
    }

    @Test
    void aFailureIsToldWithTheLastWords() throws IOException {
        try (ChildRuns runs = new ChildRuns(root, LIMIT)) {
            ChildRuns.Run<?> run = runs.run(shell("echo first >&2; echo the reason >&2; exit 3"), JsonChild::answer);
            assertThat(run.answer()).isNull();
            assertThat(run.failure()).contains("exit code 3").endsWith("the reason");
            assertThat(runs.run(shell("kill -9 $$"), JsonChild::answer).failure())
                    .contains("was killed");
        }
    }

    @Test
    void refusedInputEndsTheBenchmark() {
        try (ChildRuns runs = new ChildRuns(root, LIMIT)) {
            assertThatThrownBy(() -> runs.run(shell("echo too small >&2; exit 2"), JsonChild::answer))
                    .isInstanceOf(ChildFailedException.class)
                    .hasMessageEndingWith("too small");
        }
    }

    @Test
    void errorsThatThePeerTellsAreFailures() throws IOException {
        try (ChildRuns runs = new ChildRuns(root, LIMIT)) {
            ChildRuns.Run<?> run = runs.run(
                    shell("read line; echo '{\"error\": \"no memory\"}'"), child -> child.ask(Map.of("op", "load")));
            assertThat(run.failure()).isEqualTo("the peer fails at load: no memory");
        }
    }

    @Test
    void whenItEndsTheChildEndsAndNoneFollows() throws IOException {
        ChildRuns runs = new ChildRuns(root, LIMIT);
        AtomicLong pid = new AtomicLong();
        ChildRuns.Run<?> run = runs.run(shell("exec sleep 600"), child -> {
            pid.set(child.pid());
            runs.close();
            return child.answer();
        });
        assertThat(run.failure()).contains("was killed");
        assertThat(ProcessHandle.of(pid.get()).filter(ProcessHandle::isAlive)).isEmpty();
        assertThatThrownBy(() -> runs.run(shell("true"), JsonChild::answer)).hasMessageContaining("told to end");
    }

    /** Where this machine lets groups be made. */
    @Test
    void aGroupLastsAsLongAsItsChild() throws IOException {
        try (ChildRuns runs = new ChildRuns(Path.of("/"), LIMIT)) {
            Assumptions.assumeTrue(runs.withoutGroups() == null, () -> String.valueOf(runs.withoutGroups()));
            String script =
                    "cat /proc/self/cgroup | tr '\\n' ' ' | sed 's/.*/{\"groups\": \"&\"}/'; echo; cat > /dev/null";
            ChildRuns.Run<String> run = runs.run(
                    shell(script), child -> child.answer().path("groups").asString(""));
            String group =
                    String.valueOf(run.answer()).replaceFirst("(?s).*?(/[^ ]*specoffload-bench-[0-9]+-[0-9]+).*", "$1");
            assertThat(group)
                    .contains("specoffload-bench-" + ProcessHandle.current().pid());
            Path mount = Path.of("/sys/fs/cgroup", runs.groupVersion() == 1 ? "memory" : "");
            assertThat(Files.exists(mount.resolve(group.substring(1)))).isFalse();
            assertThat(run.group().limitHits()).isNotNegative();
            assertThat(run.group().kills()).isZero();
        }
    }
}
