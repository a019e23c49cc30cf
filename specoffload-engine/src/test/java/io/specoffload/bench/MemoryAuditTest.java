package io.specoffload.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.testing.OwnJvm;
import io.specoffload.testing.TinyModels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What the engine says it takes is what the system says it takes. */
class MemoryAuditTest {

    private static final long BUDGET = 140_000_000;

    private static List<String> mapping(String head, long anonymousKilobytes) {
        return List.of(
                head, "Size:              99999 kB", "Anonymous:          " + anonymousKilobytes + " kB", "Swap: 0 kB");
    }

    @Test
    void mappingsAreToldApart() {
        List<String> maps = new ArrayList<>();
        // two generations of the heap, and what lies between its end and the next mapping
        maps.addAll(mapping("fa000000-faaa0000 rw-p 00000000 00:00 0 ", 100));
        maps.addAll(mapping("fc000000-fd560000 rw-p 00000000 00:00 0 ", 200));
        maps.addAll(mapping("100000000-100040000 rw-p 00000000 00:00 0 ", 7));
        maps.addAll(mapping("26001000-26d95000 rw-p 00001000 fe:00 41 /usr/lib/classes.jsa", 30));
        maps.addAll(mapping("55aa00000000-55aa00100000 rw-p 00000000 00:00 0    [heap]", 40));
        // the heap of a thread: accessible in part
        maps.addAll(mapping("7feed0000000-7feed0839000 rw-p 00000000 00:00 0 ", 50));
        maps.addAll(mapping("7feed0839000-7feed4000000 ---p 00000000 00:00 0 ", 0));
        // the metaspace is reserved at such an address too, but is in more pieces
        maps.addAll(mapping("7feee0000000-7feee0400000 rw-p 00000000 00:00 0 ", 4096));
        maps.addAll(mapping("7feee0400000-7feee0a80000 rw-p 00000000 00:00 0 ", 1000));
        maps.addAll(mapping("7feef43ff000-7feef486f000 rwxp 00000000 00:00 0 ", 60));
        maps.addAll(mapping("7ffc5ebc8000-7ffc5ebe9000 rw-p 00000000 00:00 0     [stack]", 32));
        maps.addAll(mapping("7feeae490000-7feeb3ff3000 rw-p 00000000 00:00 0 ", 90000));
        String heapInfo = "DefNew total 9792K [0x00000000fa000000, 0x00000000faaa0000, 0x00000000fc000000)\n"
                + " Tenured total 21888K [0x00000000fc000000, 0x00000000fd560000, 0x0000000100000000)";
        MemoryAudit audit = MemoryAudit.of(maps, new MemoryAudit.Jvm(heapInfo, 999, 5096 << 10, 10));
        long unit = 1024;
        assertThat(audit)
                .isEqualTo(new MemoryAudit(
                        95615 * unit,
                        300 * unit,
                        5096 * unit,
                        60 * unit,
                        10 * MemoryAudit.STACK_BYTES,
                        30 * unit,
                        90 * unit));
        assertThat(audit.engine()).isEqualTo(audit.anonymous() - audit.jvm());
        assertThat(audit.difference(audit.engine() * 11 / 10)).isCloseTo(0.1, within(1e-6));
        MemoryAudit unknown = MemoryAudit.of(maps, new MemoryAudit.Jvm("", 999, 0, 0));
        assertThat(unknown.heap()).isEqualTo(999);
    }

    /**
     * 3%, or 3.5 MB here, is what is promised. What cannot be told apart (how much of the stacks is touched, tables of
     * collector and interpreter, libraries' own mappings) is about 1 MB whatever the model's size.
     */
    @Test
    @EnabledOnOs(OS.LINUX)
    void accountedIsMeasured(@TempDir Path folder) throws IOException, InterruptedException {
        Path target = TinyModels.write(folder.resolve("target.gguf"), new TinyModels.Size(6, 768, 12, 4, 11));
        Path draft = TinyModels.write(folder.resolve("draft.gguf"), new TinyModels.Size(1, 768, 12, 4, 11));
        // the compiler's working memory comes and goes while one looks, and where the C library puts it is a matter of
        // timing:
        // memory that is really unaccounted for is there in every run
        List<String> runs = new ArrayList<>();
        while (runs.size() < 4) {
            long[] figures = figures(target, draft);
            long planned = figures[0];
            long accounted = figures[1];
            long measured = figures[2];
            assertThat(planned).isLessThanOrEqualTo(BUDGET);
            assertThat(accounted).isLessThanOrEqualTo(planned).isGreaterThan(BUDGET / 2);
            // what nobody accounts for is noticed
            long extra = figures[3] - measured;
            if (Math.abs((double) accounted / measured - 1) < 0.03
                    && Math.abs(extra - MeasuredRun.EXTRA) < 0.2 * MeasuredRun.EXTRA) {
                return;
            }
            runs.add(accounted + " bytes accounted for, " + measured + " measured, " + extra + " of "
                    + MeasuredRun.EXTRA + " noticed");
        }
        fail("in no run were the figures within 3%%: %s", runs);
    }

    private static long[] figures(Path target, Path draft) throws IOException, InterruptedException {
        // the heap's own tables grow with its largest size
        OwnJvm.Result result = OwnJvm.run(
                List.of("-Xmx64m", "-XX:+UseSerialGC"),
                MeasuredRun.class,
                target.toString(),
                draft.toString(),
                Long.toString(BUDGET));
        assertThat(result.code()).as(result.output()).isZero();
        return Arrays.stream(result.output()
                        .lines()
                        .filter(line -> line.startsWith(MeasuredRun.FIGURES))
                        .findFirst()
                        .orElseThrow()
                        .substring(MeasuredRun.FIGURES.length())
                        .strip()
                        .split(" "))
                .mapToLong(Long::parseLong)
                .toArray();
    }
}
