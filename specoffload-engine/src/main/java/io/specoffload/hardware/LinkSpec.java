package io.specoffload.hardware;

/**
 * The way between host memory and a device's. Copies from pageable memory pass through a buffer of the driver's; pinned
 * memory is read by the device itself.
 *
 * @param pinnedToDeviceBytesPerSecond pinned host memory to the device
 * @param pinnedToHostBytesPerSecond the device to pinned host memory
 * @param pageableToDeviceBytesPerSecond ordinary host memory to the device
 * @param pageableToHostBytesPerSecond the device to ordinary host memory
 */
public record LinkSpec(
        double pinnedToDeviceBytesPerSecond,
        double pinnedToHostBytesPerSecond,
        double pageableToDeviceBytesPerSecond,
        double pageableToHostBytesPerSecond) {

    public LinkSpec {
        Checks.positive("pinnedToDeviceBytesPerSecond", pinnedToDeviceBytesPerSecond);
        Checks.positive("pinnedToHostBytesPerSecond", pinnedToHostBytesPerSecond);
        Checks.positive("pageableToDeviceBytesPerSecond", pageableToDeviceBytesPerSecond);
        Checks.positive("pageableToHostBytesPerSecond", pageableToHostBytesPerSecond);
    }
}
