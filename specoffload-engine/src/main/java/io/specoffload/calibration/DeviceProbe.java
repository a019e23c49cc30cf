package io.specoffload.calibration;

import io.specoffload.hardware.DeviceSpec;
import org.jspecify.annotations.Nullable;

/** Looks for a GPU and measures it. */
public interface DeviceProbe {

    /**
     * What was found: a device or the reason why there is none.
     *
     * @param device null if there is none
     * @param problem in one line, null if there is one
     */
    record Finding(@Nullable DeviceSpec device, @Nullable String problem) {}

    /** The device's name, memory and driver, or why there is none: quickly, without measuring. */
    String identity();

    /**
     * Measures.
     *
     * @param seconds about how long it may take
     */
    Finding measure(double seconds);
}
