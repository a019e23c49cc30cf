package io.specoffload.testing;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** How many bytes threads have allocated in the Java heap. */
public final class AllocationMeter {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private AllocationMeter() {}

    /** Of the calling thread. */
    public static long own() {
        return THREADS.getCurrentThreadAllocatedBytes();
    }

    /** Of all live threads whose name begins so. */
    public static long of(String prefix) {
        long total = 0;
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith(prefix)) {
                total += Math.max(0, THREADS.getThreadAllocatedBytes(thread.threadId()));
            }
        }
        return total;
    }
}
