package io.specoffload.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;

/**
 * What the anonymous memory of this process is for, in bytes: what the JVM takes for itself, and the rest, which is the
 * engine's. Only what has been touched counts, as the system does.
 *
 * @param anonymous all of it: memory that no file backs
 * @param heap the Java heap: touched pages of its address range; where the collector does not tell that, what is
 *     committed
 * @param metaspace classes: committed, which is hardly more than is used
 * @param code compiled code: touched pages of executable memory
 * @param stacks of threads: an estimate, their number times {@link #STACK_BYTES}
 * @param files changed pages of mapped files: the archive of the JDK's classes and libraries
 * @param cHeap the C library's heap: the compiler's working memory, symbols, threads
 */
public record MemoryAudit(long anonymous, long heap, long metaspace, long code, long stacks, long files, long cHeap) {

    /** What a thread's stack is taken to use: the mean of what native memory tracking shows of a running engine. */
    static final long STACK_BYTES = 80 << 10;

    /** The C library reserves this much for the heap of a thread, at a multiple of it, and makes accessible what is used. */
    private static final long ARENA = 64L << 20;

    private static final Pattern MAPPING =
            Pattern.compile("(\\p{XDigit}+)-(\\p{XDigit}+) (\\S{4}) \\S+ \\S+ \\d+ *(.*)");
    private static final Pattern HEAP_RANGE = Pattern.compile("0x(\\p{XDigit}+)");

    /** Looks at this process; null where the system does not tell ({@code /proc/self/smaps}). */
    public static @Nullable MemoryAudit take() {
        List<String> maps;
        try {
            maps = Files.readAllLines(Path.of("/proc/self/smaps"));
        } catch (IOException notLinux) {
            return null;
        }
        int threads = ManagementFactory.getThreadMXBean().getThreadCount();
        return of(maps, new Jvm(heapInfo(), committedHeap(), committedMetaspace(), threads));
    }

    /**
     * What the JVM tells.
     *
     * @param heapInfo the heap's address range, as {@code jcmd PID GC.heap_info} prints it
     * @param committedHeap for collectors that do not tell
     * @param metaspace committed
     * @param threads number of them
     */
    record Jvm(String heapInfo, long committedHeap, long metaspace, int threads) {}

    /**
     * Sums up.
     *
     * @param maps lines of the process's list of mappings
     */
    static MemoryAudit of(List<String> maps, Jvm jvm) {
        long[] range = range(jvm.heapInfo);
        List<Mapping> mappings = mappings(maps);
        Sums sums = new Sums();
        for (int i = 0; i < mappings.size(); i++) {
            sums.add(mappings.get(i), i + 1 < mappings.size() ? mappings.get(i + 1) : null, range);
        }
        return new MemoryAudit(
                sums.all,
                range[1] > 0 ? sums.heap : jvm.committedHeap,
                jvm.metaspace,
                sums.code,
                jvm.threads * STACK_BYTES,
                sums.files,
                sums.cHeap);
    }

    /** What the JVM takes for itself. */
    public long jvm() {
        return heap + metaspace + code + stacks + files + cHeap;
    }

    /** What is left: native memory of the engine. */
    public long engine() {
        return anonymous - jvm();
    }

    /** How much more than measured the engine accounts for, as a share of what is measured. */
    public double difference(long accounted) {
        return (double) accounted / engine() - 1;
    }

    private static List<Mapping> mappings(List<String> maps) {
        List<Mapping> mappings = new ArrayList<>();
        Matcher mapping = null;
        for (String line : maps) {
            Matcher matcher = MAPPING.matcher(line);
            if (matcher.matches()) {
                mapping = matcher;
            } else if (mapping != null && line.startsWith("Anonymous:")) {
                mappings.add(new Mapping(
                        Long.parseUnsignedLong(mapping.group(1), 16),
                        Long.parseUnsignedLong(mapping.group(2), 16),
                        mapping.group(3),
                        mapping.group(4),
                        1024 * Long.parseLong(line.replaceAll("[^0-9]", ""))));
            }
        }
        return mappings;
    }

    private record Mapping(long start, long end, String access, String file, long bytes) {

        /** The metaspace is reserved alike, but is in several mappings. */
        boolean arena(@Nullable Mapping next) {
            return start % ARENA == 0
                    && (end == start + ARENA
                            || next != null
                                    && next.start == end
                                    && next.end == start + ARENA
                                    && next.access.startsWith("---"));
        }
    }

    private static final class Sums {
        private long all;
        private long heap;
        private long code;
        private long files;
        private long cHeap;

        void add(Mapping mapping, @Nullable Mapping next, long[] heapRange) {
            all += mapping.bytes;
            if (mapping.start >= heapRange[0] && mapping.start < heapRange[1]) {
                heap += mapping.bytes;
            } else if (mapping.file.equals("[heap]")) {
                cHeap += mapping.bytes;
            } else if (mapping.file.equals("[stack]")) {
                // of the thread that started the JVM: among the stacks
                return;
            } else if (!mapping.file.isEmpty()) {
                files += mapping.bytes;
            } else if (mapping.access.startsWith("rwx")) {
                code += mapping.bytes;
            } else if (mapping.arena(next)) {
                cHeap += mapping.bytes;
            }
        }
    }

    /** Lowest and highest address in the collector's report; both 0 where there is none. */
    private static long[] range(String heapInfo) {
        long[] addresses = HEAP_RANGE
                .matcher(heapInfo)
                .results()
                .mapToLong(found -> Long.parseUnsignedLong(found.group(1), 16))
                .sorted()
                .toArray();
        return addresses.length < 2 ? new long[2] : new long[] {addresses[0], addresses[addresses.length - 1]};
    }

    /** As {@code jcmd PID GC.heap_info}. */
    private static String heapInfo() {
        try {
            return String.valueOf(ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            "gcHeapInfo",
                            new Object[0],
                            new String[0]));
        } catch (JMException otherJvm) {
            return "";
        }
    }

    private static long committedHeap() {
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getCommitted();
    }

    private static long committedMetaspace() {
        // the space of compressed classes is part of the pool that is named so
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool ->
                        pool.getType() == MemoryType.NON_HEAP && pool.getName().equals("Metaspace"))
                .map(MemoryPoolMXBean::getUsage)
                .mapToLong(usage -> usage.getCommitted())
                .sum();
    }
}
