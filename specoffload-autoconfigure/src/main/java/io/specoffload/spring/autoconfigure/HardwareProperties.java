package io.specoffload.spring.autoconfigure;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Values that replace measured ones; the names are those of the profile's JSON.
 *
 * @param file JSON file with a hardware profile, as the command "profile --out" writes it. A whole one is taken
 *     without measuring; of one with some values only, these replace what is measured. Values given here come after
 *     those of the file.
 * @param calibrateOnStartup Measure the hardware before the application becomes ready, where it was not measured
 *     before; if not, whoever first asks for the profile waits for it.
 * @param host processor and memory
 * @param disk where the models lie
 * @param device GPU
 */
public record HardwareProperties(
        @Nullable Path file,
        @DefaultValue("true") boolean calibrateOnStartup,
        @DefaultValue HostValues host,
        @DefaultValue DiskValues disk,
        @DefaultValue DeviceValues device) {

    /** The values that are set, by the names of the profile's JSON. */
    Map<String, Object> overrides() {
        return Map.of("host", SetValues.of(host), "disk", SetValues.of(disk), "device", SetValues.of(device));
    }

    /**
     * Processor and memory.
     *
     * @param cpuModel Name of the processor.
     * @param cores Processors that this process may use.
     * @param vectorBits Width in bits of the vectors that the kernels compute with; 0 for scalar kernels.
     * @param pageBytes Bytes of a memory page.
     * @param memoryTotalBytes Bytes of memory of the machine.
     * @param memoryAvailableBytes Bytes of memory that may be taken without swapping.
     * @param memoryLimitBytes Bytes of memory that the process's control group allows.
     * @param memoryUsedBytes Bytes of memory that the process's control group uses already.
     * @param cpuQuotaCores Processors that the process's control group allows.
     * @param lockableBytes Bytes that may be locked in memory.
     * @param ramReadBytesPerSecond Bandwidth of reads from memory in bytes per second, by number of threads.
     * @param gigaflops Speed of matrix products in GFLOP/s, by type of weights such as "[Q8_0]", then by number of
     *     columns.
     * @param pass what a forward pass costs beside its matrix products
     */
    public record HostValues(
            @Nullable String cpuModel,
            @Nullable Integer cores,
            @Nullable Integer vectorBits,
            @Nullable Integer pageBytes,
            @Nullable Long memoryTotalBytes,
            @Nullable Long memoryAvailableBytes,
            @Nullable Long memoryLimitBytes,
            @Nullable Long memoryUsedBytes,
            @Nullable Double cpuQuotaCores,
            @Nullable Long lockableBytes,
            @Nullable Map<Integer, Double> ramReadBytesPerSecond,
            @Nullable Map<String, Map<Integer, Double>> gigaflops,
            @DefaultValue PassValues pass) {}

    /**
     * What a forward pass costs beside its matrix products.
     *
     * @param productSeconds Time in seconds of a matrix product however small it is.
     * @param layerSeconds Time in seconds of a layer's other kernels however few rows there are.
     * @param elementSeconds Time in seconds of the same kernels, per row and element.
     * @param logitSeconds Time in seconds of choosing a token, per token of the vocabulary.
     * @param attention Times of attention, by type of the cache's elements such as "[F16]".
     */
    public record PassValues(
            @Nullable Double productSeconds,
            @Nullable Double layerSeconds,
            @Nullable Double elementSeconds,
            @Nullable Double logitSeconds,
            @Nullable Map<String, AttentionValues> attention) {}

    /**
     * Attention over a cache.
     *
     * @param cachedByteSeconds Time in seconds per byte of keys and values that is read.
     * @param scoreSeconds Time in seconds per row, position and element of the query heads.
     */
    public record AttentionValues(
            @Nullable Double cachedByteSeconds, @Nullable Double scoreSeconds) {}

    /**
     * Where the models lie.
     *
     * @param measuredOn File that the values were measured on.
     * @param direct Whether reads pass the page cache by.
     * @param blockBytes What positions and sizes of direct reads must be multiples of.
     * @param latencySeconds Time in seconds of one small read.
     * @param readBytesPerSecond Burst bandwidth in bytes per second, by bytes per read, then by reads in flight.
     * @param burstBytesPerSecond Bandwidth in bytes per second before any throttling.
     * @param burstBytes Bytes that can be read before throttling.
     * @param sustainedBytesPerSecond Bandwidth in bytes per second after throttling, which plans count on; as long as it
     *     was not seen, 0.6 of the burst.
     * @param remark What limits the trust in the values.
     */
    public record DiskValues(
            @Nullable String measuredOn,
            @Nullable Boolean direct,
            @Nullable Integer blockBytes,
            @Nullable Double latencySeconds,
            @Nullable Map<Integer, Map<Integer, Double>> readBytesPerSecond,
            @Nullable Double burstBytesPerSecond,
            @Nullable Long burstBytes,
            @Nullable Double sustainedBytesPerSecond,
            @Nullable String remark) {}

    /**
     * GPU.
     *
     * @param name Name of the GPU.
     * @param memoryBytes Bytes of its memory.
     * @param freeMemoryBytes Bytes of its memory that are free.
     * @param computeCapability Compute capability, such as "8.6".
     * @param driverVersion Newest CUDA version that the driver speaks, such as "12.4".
     * @param memoryBytesPerSecond Bandwidth of its memory in bytes per second.
     * @param link the way between its memory and the host's
     */
    public record DeviceValues(
            @Nullable String name,
            @Nullable Long memoryBytes,
            @Nullable Long freeMemoryBytes,
            @Nullable String computeCapability,
            @Nullable String driverVersion,
            @Nullable Double memoryBytesPerSecond,
            @DefaultValue LinkValues link) {}

    /**
     * The way between the GPU's memory and the host's.
     *
     * @param pinnedToDeviceBytesPerSecond Bandwidth in bytes per second from pinned host memory to the GPU.
     * @param pinnedToHostBytesPerSecond Bandwidth in bytes per second from the GPU to pinned host memory.
     * @param pageableToDeviceBytesPerSecond Bandwidth in bytes per second from ordinary host memory to the GPU.
     * @param pageableToHostBytesPerSecond Bandwidth in bytes per second from the GPU to ordinary host memory.
     */
    public record LinkValues(
            @Nullable Double pinnedToDeviceBytesPerSecond,
            @Nullable Double pinnedToHostBytesPerSecond,
            @Nullable Double pageableToDeviceBytesPerSecond,
            @Nullable Double pageableToHostBytesPerSecond) {}
}
