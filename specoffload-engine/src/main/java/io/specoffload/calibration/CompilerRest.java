package io.specoffload.calibration;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.locks.LockSupport;
import java.util.function.DoubleConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Waits until the JVM's compilers have nothing to do, at most for the seconds given. The waiting thread sleeps: where
 * processors are few, one that went on computing would keep the compilers from their work.
 */
public final class CompilerRest implements DoubleConsumer {

    /** A compilation counts when it ends: the large kernels take this long where the processor is shared. */
    private static final long QUIET_NANOS = 250_000_000;

    private static final long LOOK_NANOS = 10_000_000;

    private final @Nullable CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();

    @Override
    public void accept(double seconds) {
        if (compiler == null || !compiler.isCompilationTimeMonitoringSupported()) {
            return;
        }
        long start = System.nanoTime();
        long quietSince = start;
        long compiled = compiler.getTotalCompilationTime();
        long now = start;
        while (now - quietSince < QUIET_NANOS && now - start < seconds * 1e9) {
            LockSupport.parkNanos(LOOK_NANOS);
            now = System.nanoTime();
            long total = compiler.getTotalCompilationTime();
            if (total != compiled) {
                compiled = total;
                quietSince = now;
            }
        }
    }
}
