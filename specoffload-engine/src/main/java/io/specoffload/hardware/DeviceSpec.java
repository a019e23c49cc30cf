package io.specoffload.hardware;

/**
 * A GPU.
 *
 * @param name the driver's name for it
 * @param memoryBytes bytes of its memory
 * @param freeMemoryBytes bytes of it that were free when it was measured
 * @param computeCapability for example {@code 8.6}
 * @param driverVersion the newest CUDA version that the driver speaks, for example {@code 12.4}
 * @param memoryBytesPerSecond bandwidth of its own memory: bytes read plus bytes written, of a copy within it
 * @param link the way to and from host memory
 */
public record DeviceSpec(
        String name,
        long memoryBytes,
        long freeMemoryBytes,
        String computeCapability,
        String driverVersion,
        double memoryBytesPerSecond,
        LinkSpec link) {

    public DeviceSpec {
        Checks.present("name", name);
        Checks.present("computeCapability", computeCapability);
        Checks.present("driverVersion", driverVersion);
        Checks.present("link", link);
        Checks.positive("memoryBytes", memoryBytes);
        Checks.notNegative("freeMemoryBytes", freeMemoryBytes);
        Checks.positive("memoryBytesPerSecond", memoryBytesPerSecond);
    }
}
