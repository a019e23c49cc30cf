package io.specoffload.bench;

import java.util.concurrent.locks.LockSupport;

/** Looks at a process's peak memory until closed: once it has ended, nobody tells any more. */
final class ProcessWatch implements AutoCloseable {

    private static final long PAUSE_NANOS = 100_000_000;

    private final long pid;
    private final Thread thread;
    private volatile boolean ended;

    // guarded by this
    private long peak = -1;

    ProcessWatch(long pid) {
        this.pid = pid;
        thread = Thread.ofPlatform().daemon().name("specoffload-bench-watch").start(() -> {
            while (!ended) {
                look();
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        });
    }

    /** Looks now. */
    void look() {
        long now = ProcessMemory.of(pid).peak();
        synchronized (this) {
            peak = Math.max(peak, now);
        }
    }

    /** Most resident memory seen in bytes, or -1. */
    synchronized long peakMemory() {
        return peak;
    }

    @Override
    public void close() {
        ended = true;
        LockSupport.unpark(thread);
    }
}
