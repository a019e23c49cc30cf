package io.specoffload.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
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
public record MemoryAudit(
        long anonymous, long heap, long metaspace, long code, long stacks, long files, long cHeap) {

    /** What a thread's stack is taken to use: the mean of what native memory tracking shows of a running engine. */
    static final long STACK_BYTES = 80 << 10;

    /** The C library begins the heaps of its threads at multiples of this. */
    private static final long ARENA = 64L << 20;

    private static final Pattern MAPPING =
            Pattern.compile("(\\p{XDigit}+)-(\\p{XDigit}+) (\\S{4}) \\S+ \\S+ (\\d+) *(.*)");
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
        return of(maps, heapInfo(), committedHeap(), committedMetaspace(), threads);
    }

    /**
     * Sums up.
     *
     * @param maps lines of {@code smaps}
     * @param heapInfo what the collector tells of the heap, its address range included
     * @param committedHeap where it does not tell
     */
    static MemoryAudit of(List<String> maps, String heapInfo, long committedHeap, long metaspace, int threads) {
        long[] range = range(heapInfo);
        Sums sums = new Sums();
        Mapping mapping = null;
        for (String line : maps) {
            Matcher matcher = MAPPING.matcher(line);
            if (matcher.matches()) {
                mapping = new Mapping(
                        Long.parseUnsignedLong(matcher.group(1), 16), matcher.group(3), matcher.group(5));
            } else if (mapping != null && line.startsWith("Anonymous:")) {
                sums.add(mapping, range, 1024 * Long.parseLong(line.replaceAll("[^0-9]", "")));
            }
        }
        return new MemoryAudit(
                sums.all,
                range[1] > 0 ? sums.heap : committedHeap,
                metaspace,
                sums.code,
                threads * STACK_BYTES,
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

    private record Mapping(long start, String access, String file) {}

    private static final class Sums {
        private long all;
        private long heap;
        private long code;
        private long files;
        private long cHeap;

        void add(Mapping mapping, long[] heapRange, long bytes) {
            all += bytes;
            if (mapping.start >= heapRange[0] && mapping.start < heapRange[1]) {
                heap += bytes;
            } else if (mapping.file.equals("[heap]")) {
                cHeap += bytes;
            } else if (!mapping.file.isEmpty()) {
                files += bytes;
            } else if (mapping.access.startsWith("rwx")) {
                code += bytes;
            } else if (mapping.start % ARENA == 0) {
                cHeap += bytes;
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
                .filter(pool -> pool.getType() == MemoryType.NON_HEAP
                        && pool.getName().equals("Metaspace"))
                .map(MemoryPoolMXBean::getUsage)
                .mapToLong(usage -> usage.getCommitted())
                .sum();
    }
}
