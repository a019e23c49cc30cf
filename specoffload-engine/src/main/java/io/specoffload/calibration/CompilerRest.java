package io.specoffload.calibration;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.locks.LockSupport;
import java.util.function.DoubleConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Waits until the JVM's compilers have nothing to do, at most for the seconds given. The waiting thread sleeps: where
 * processors are few, one that went on computing would keep the compilers from their work. While it sleeps, whatever
 * processor time the process takes is theirs; the JVM's own count of compiling grows only when a method is done, which
 * takes seconds for a large kernel on a busy processor.
 */
public final class CompilerRest implements DoubleConsumer {

    private static final long LOOK_NANOS = 10_000_000;

    /** Where the process's time is not known: a compilation counts when it ends. */
    private static final int QUIET_LOOKS_BY_COMPILATIONS = 25;

    /** On a busy machine a compiler may have to wait for a processor for some looks. */
    private static final int QUIET_LOOKS_BY_TIME = 6;

    private static final double IDLE_SHARE = 0.05;

    private final LongSupplier nanoTime;
    private final LongSupplier processNanos;
    private final LongSupplier compilationMillis;
    private final LongSupplier sleep;

    /** With this JVM's figures. */
    public CompilerRest() {
        this(System::nanoTime, processNanos(), compilationMillis(), () -> {
            LockSupport.parkNanos(LOOK_NANOS);
            return LOOK_NANOS;
        });
    }

    /**
     * @param nanoTime clock
     * @param processNanos processor time of this process, in nanoseconds; negative where it is not known
     * @param compilationMillis of finished compilations; negative where it is not known
     * @param sleep sleeps for a moment, and says how long it meant to, in nanoseconds
     */
    CompilerRest(LongSupplier nanoTime, LongSupplier processNanos, LongSupplier compilationMillis, LongSupplier sleep) {
        this.nanoTime = nanoTime;
        this.processNanos = processNanos;
        this.compilationMillis = compilationMillis;
        this.sleep = sleep;
    }

    private static LongSupplier processNanos() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system::getProcessCpuTime
                : () -> -1;
    }

    private static LongSupplier compilationMillis() {
        @Nullable CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
        return compiler != null && compiler.isCompilationTimeMonitoringSupported()
                ? compiler::getTotalCompilationTime
                : () -> -1;
    }

    @Override
    public void accept(double seconds) {
        long process = processNanos.getAsLong();
        long compiled = compilationMillis.getAsLong();
        if (process < 0 && compiled < 0) {
            return;
        }
        int enough = process < 0 ? QUIET_LOOKS_BY_COMPILATIONS : QUIET_LOOKS_BY_TIME;
        long start = nanoTime.getAsLong();
        int quiet = 0;
        while (quiet < enough && nanoTime.getAsLong() - start < seconds * 1e9) {
            long slept = sleep.getAsLong();
            long processNow = processNanos.getAsLong();
            long compiledNow = compilationMillis.getAsLong();
            boolean idle = compiledNow == compiled && processNow - process <= IDLE_SHARE * slept;
            quiet = idle ? quiet + 1 : 0;
            process = processNow;
            compiled = compiledNow;
        }
    }
}
