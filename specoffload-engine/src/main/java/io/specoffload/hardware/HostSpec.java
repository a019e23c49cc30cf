package io.specoffload.hardware;

import io.specoffload.tensor.DType;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The processor and its memory, as far as this process may use them.
 *
 * @param cpuModel the processor's name
 * @param cores processors that this process may run on, affinity and quota included
 * @param vectorBits width of the vectors that the kernels compute with; 0 for scalar kernels
 * @param pageBytes bytes of a memory page
 * @param memoryTotalBytes bytes of memory of the machine
 * @param memoryAvailableBytes bytes that could be taken without swapping, when the profile was read
 * @param memoryLimitBytes limit of the process's control group in bytes, or null for none
 * @param memoryUsedBytes bytes that are charged to the limited group, when the profile was read; null without a limit
 * @param cpuQuotaCores limit of the control group in processors, or null for none
 * @param lockableBytes bytes that the process may lock in memory (RLIMIT_MEMLOCK), or null for any number
 * @param ramReadBytesPerSecond bandwidth of reads from memory, by threads
 * @param gigaflops speed of matrix products of resident weights by the weights' type, with all {@code cores}
 * @param pass what else a forward pass costs, with all {@code cores}; null where it was not measured
 */
public record HostSpec(
        String cpuModel,
        int cores,
        int vectorBits,
        int pageBytes,
        long memoryTotalBytes,
        long memoryAvailableBytes,
        @Nullable Long memoryLimitBytes,
        @Nullable Long memoryUsedBytes,
        @Nullable Double cpuQuotaCores,
        @Nullable Long lockableBytes,
        BandwidthCurve ramReadBytesPerSecond,
        Map<DType, ComputeCurve> gigaflops,
        @Nullable PassCosts pass) {

    public HostSpec {
        Checks.present("cpuModel", cpuModel);
        Checks.present("ramReadBytesPerSecond", ramReadBytesPerSecond);
        Checks.present("gigaflops", gigaflops);
        Checks.positive("cores", cores);
        Checks.notNegative("vectorBits", vectorBits);
        Checks.positive("pageBytes", pageBytes);
        Checks.positive("memoryTotalBytes", memoryTotalBytes);
        Checks.notNegative("memoryAvailableBytes", memoryAvailableBytes);
        Checks.positive("memoryLimitBytes", memoryLimitBytes);
        Checks.notNegative("memoryUsedBytes", memoryUsedBytes);
        Checks.positive("cpuQuotaCores", cpuQuotaCores);
        Checks.notNegative("lockableBytes", lockableBytes);
        if (gigaflops.isEmpty()) {
            throw new IllegalArgumentException("gigaflops has no weight type");
        }
        gigaflops = Collections.unmodifiableMap(new EnumMap<>(gigaflops));
    }

    /**
     * The speed with weights of a type. A type that was not measured counts as the slowest one that was: formats that
     * are not worth a measurement of their own are decoded row by row.
     */
    public ComputeCurve compute(DType type) {
        ComputeCurve own = gigaflops.get(type);
        return own != null
                ? own
                : gigaflops.values().stream()
                        .min((a, b) -> Double.compare(a.gigaflops(8), b.gigaflops(8)))
                        .orElseThrow();
    }

    /**
     * Bytes that this process may still take: what the machine has available, or what its control group leaves, if that
     * is less.
     */
    public long usableMemoryBytes() {
        if (memoryLimitBytes == null) {
            return memoryAvailableBytes;
        }
        long left = memoryLimitBytes - (memoryUsedBytes == null ? 0 : memoryUsedBytes);
        return Math.max(0, Math.min(memoryAvailableBytes, left));
    }
}
