package io.specoffload.hardware;

import org.jspecify.annotations.Nullable;

/**
 * What plans are made from: everything that this machine was measured to do, or that its user says it does.
 *
 * @param host processor and memory
 * @param disk where the model files lie, or null if there is nothing to read or write there; {@code diskProblem} says
 *     why
 * @param diskProblem in one line, why there is no {@code disk}; null if there is one
 * @param device the GPU, or null if none is usable; {@code deviceProblem} says why
 * @param deviceProblem in one line, why there is no {@code device}; null if there is one
 */
public record HardwareProfile(
        HostSpec host,
        @Nullable DiskSpec disk,
        @Nullable String diskProblem,
        @Nullable DeviceSpec device,
        @Nullable String deviceProblem) {

    public HardwareProfile {
        Checks.present("host", host);
        diskProblem = reason("disk", disk, diskProblem);
        deviceProblem = reason("device", device, deviceProblem);
    }

    private static @Nullable String reason(String part, @Nullable Object present, @Nullable String problem) {
        if (present != null) {
            return null;
        }
        if (problem == null || problem.isBlank()) {
            throw new IllegalArgumentException(
                    "without a " + part + ", " + part + "Problem must say why there is none");
        }
        return problem.strip().replaceAll("\\s*\\R\\s*", " ");
    }

    /** The same machine with another host. */
    public HardwareProfile withHost(HostSpec other) {
        return new HardwareProfile(other, disk, diskProblem, device, deviceProblem);
    }

    /** The same machine with another disk. */
    public HardwareProfile withDisk(DiskSpec other) {
        return new HardwareProfile(host, other, null, device, deviceProblem);
    }
}
