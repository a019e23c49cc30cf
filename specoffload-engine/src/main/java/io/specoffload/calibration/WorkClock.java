package io.specoffload.calibration;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** The time, and how much of it the calling thread had a processor. */
public interface WorkClock {

    /** Nanoseconds since some moment. */
    long nanos();

    /** Nanoseconds that the calling thread has computed; negative where nobody counts them. */
    long threadNanos();

    /** The system's clock and the JVM's count of processor time. */
    static WorkClock ofSystem() {
        ThreadMXBean meter = ManagementFactory.getThreadMXBean();
        boolean counts = meter.isCurrentThreadCpuTimeSupported() && meter.isThreadCpuTimeEnabled();
        return new WorkClock() {
            @Override
            public long nanos() {
                return System.nanoTime();
            }

            @Override
            public long threadNanos() {
                return counts ? meter.getCurrentThreadCpuTime() : -1;
            }
        };
    }
}
