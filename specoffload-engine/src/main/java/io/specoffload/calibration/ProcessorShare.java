package io.specoffload.calibration;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;

/** How much of the processors other processes leave to this one. */
public final class ProcessorShare {

    private static final long NANOS = 50_000_000;

    private ProcessorShare() {}

    /**
     * Lets threads do nothing but look at the clock for a moment, and compares their processor time with it.
     *
     * @param threads as many as will compute
     * @return about 1 on a machine that has nothing else to do; 1 where the JVM cannot tell
     */
    public static double measure(int threads) {
        ThreadMXBean meter = ManagementFactory.getThreadMXBean();
        if (!meter.isCurrentThreadCpuTimeSupported()) {
            return 1;
        }
        double[] shares = new double[threads];
        List<Thread> spinning = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            int index = i;
            spinning.add(Thread.ofPlatform().daemon().start(() -> shares[index] = spin(meter)));
        }
        double sum = 0;
        for (int i = 0; i < threads; i++) {
            try {
                spinning.get(i).join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return 1;
            }
            sum += shares[i];
        }
        return sum / threads;
    }

    private static double spin(ThreadMXBean meter) {
        long start = System.nanoTime();
        long cpuStart = meter.getCurrentThreadCpuTime();
        long now = start;
        while (now - start < NANOS) {
            now = System.nanoTime();
        }
        return (double) (meter.getCurrentThreadCpuTime() - cpuStart) / (now - start);
    }
}
