package io.specoffload.calibration;

import io.specoffload.hardware.BandwidthCurve;

/** Measures reads of main memory. */
@FunctionalInterface
public interface MemoryProbe {

    /**
     * Measures with 1 and more threads.
     *
     * @param threads most threads
     * @param seconds about how long it may take
     * @param mostBytes memory that may be taken for it
     */
    BandwidthCurve measure(int threads, double seconds, long mostBytes);
}
