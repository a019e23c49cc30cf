package io.specoffload.calibration;

import org.jspecify.annotations.Nullable;

/**
 * What a host says of itself, without any measuring. Cheap to read, so it is read anew at every start.
 *
 * @param cpu the processor
 * @param limits what control groups allow
 * @param memoryTotalBytes bytes of memory
 * @param memoryAvailableBytes bytes that could be taken now without swapping
 * @param lockableBytes bytes that may be locked, or null for any number
 */
record HostFacts(
        CpuTopology cpu,
        ContainerLimits limits,
        long memoryTotalBytes,
        long memoryAvailableBytes,
        @Nullable Long lockableBytes) {

    /** What the JVM knows where there is no {@code /proc}. */
    record Fallback(String cpuModel, long memoryTotalBytes, long memoryFreeBytes) {

        static Fallback ofJvm() {
            var system = java.lang.management.ManagementFactory.getOperatingSystemMXBean();
            if (system instanceof com.sun.management.OperatingSystemMXBean known) {
                return new Fallback(known.getArch(), known.getTotalMemorySize(), known.getFreeMemorySize());
            }
            long heap = Runtime.getRuntime().maxMemory();
            return new Fallback(system.getArch(), heap, heap);
        }
    }

    /** Bytes that this process may still take. */
    long usableBytes() {
        Long limit = limits.memoryLimitBytes();
        if (limit == null) {
            return memoryAvailableBytes;
        }
        long used = limits.memoryUsedBytes() == null ? 0 : limits.memoryUsedBytes();
        return Math.max(0, Math.min(memoryAvailableBytes, limit - used));
    }

    static HostFacts read(SystemFiles files, int availableProcessors, Fallback fallback) {
        ContainerLimits limits = ContainerLimits.read(files);
        return new HostFacts(
                CpuTopology.read(files, availableProcessors, limits.cpuQuotaCores(), fallback.cpuModel()),
                limits,
                kibibytes(files, "MemTotal", fallback.memoryTotalBytes()),
                kibibytes(files, "MemAvailable", fallback.memoryFreeBytes()),
                LockProbe.lockableBytes(files));
    }

    private static long kibibytes(SystemFiles files, String key, long fallback) {
        return files.value("/proc/meminfo", key)
                .flatMap(SystemFiles::integer)
                .map(kibibytes -> kibibytes * 1024)
                .orElse(fallback);
    }
}
