package io.specoffload.calibration;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** The time, how much of it the calling thread had a processor, and how much the JVM's own threads took. */
public interface WorkClock {

    /** Nanoseconds since some moment. */
    long nanos();

    /** Nanoseconds that the calling thread has computed; negative where nobody counts them. */
    long threadNanos();

    /**
     * Nanoseconds that the JVM's own threads have computed, compilers and collectors; negative where nobody counts them. They take processors from
     * kernels that use all of them, and the calling thread may not be the one that waits.
     */
    default long jvmNanos() {
        return -1;
    }

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

            /** What the process has computed beyond its Java threads. One that ends meanwhile looks like work of the JVM's. */
            @Override
            public long jvmNanos() {
                if (!counts
                        || !(ManagementFactory.getOperatingSystemMXBean()
                                instanceof com.sun.management.OperatingSystemMXBean process)) {
                    return -1;
                }
                long nanos = process.getProcessCpuTime();
                for (long id : meter.getAllThreadIds()) {
                    nanos -= Math.max(0, meter.getThreadCpuTime(id));
                }
                return Math.max(0, nanos);
            }
        };
    }
}
