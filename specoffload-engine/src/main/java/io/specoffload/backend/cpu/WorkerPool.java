package io.specoffload.backend.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Splits a range of items over the calling thread and the pool's own platform threads. The range is cut into chunks
 * that threads claim one by one, so a thread that the operating system delays holds up no more than its own chunk, and
 * one that sleeps through a call holds up nothing. Idle threads spin for a moment, since in a forward pass the next
 * call follows at once, and then park. Calls from several threads run one after the other. No call allocates.
 */
public final class WorkerPool implements AutoCloseable {

    /** A piece of work over items {@code from} (inclusive) to {@code to} (exclusive). */
    @FunctionalInterface
    public interface RangeTask {

        /**
         * Runs the piece.
         *
         * @param worker index of the executing thread, 0 to threads - 1: what it indexes is the task's own meanwhile
         */
        void run(int from, int to, int worker);
    }

    private static final long SPIN_NANOS = 50_000;
    private static final RangeTask NOTHING = (from, to, worker) -> {};

    private final ReentrantLock lock = new ReentrantLock();
    private final Worker[] workers;

    /** Call number in the upper half, chunks not yet claimed in the lower: a claim can thus not hit a later call. */
    private final AtomicLong unclaimed = new AtomicLong();

    private final AtomicInteger unfinished = new AtomicInteger();

    // the current call: written before unclaimed is set, read only by who has claimed a chunk
    private RangeTask task = NOTHING;
    private int items;
    private int chunks;

    private volatile @Nullable Throwable failure;
    private volatile @Nullable Thread waiting;
    private volatile boolean closed;

    /**
     * Starts the threads.
     *
     * @param threads how many threads compute, the caller's included; 1 starts none
     */
    public WorkerPool(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be at least 1: " + threads);
        }
        workers = new Worker[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker(i + 1);
        }
        for (Worker worker : workers) {
            worker.start();
        }
    }

    /** Threads that compute, the caller's included. */
    public int threads() {
        return workers.length + 1;
    }

    /**
     * Runs a task over items 0 to {@code items} - 1 and returns when all of it is done. If a piece throws, the others
     * still run, and the first exception is thrown here.
     *
     * @param minimum items that are worth a thread's while: a range of fewer than two times that runs in the caller
     */
    public void run(int items, int minimum, RangeTask task) {
        if (Thread.currentThread() instanceof Worker || lock.isHeldByCurrentThread()) {
            throw new IllegalStateException("a task may not start another one");
        }
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the pool is closed");
            }
            int chunks = chunks(items, minimum);
            if (chunks <= 1) {
                if (items > 0) {
                    task.run(0, items, 0);
                }
                return;
            }
            this.task = task;
            this.items = items;
            this.chunks = chunks;
            unfinished.set(chunks);
            long call = (unclaimed.get() >>> 32) + 1;
            unclaimed.set(call << 32 | chunks);
            for (Worker worker : workers) {
                worker.wake();
            }
            drain(0);
            awaitOthers();
            this.task = NOTHING;
            rethrow();
        } finally {
            lock.unlock();
        }
    }

    /** Four chunks per thread even out differences in speed at little cost. */
    private int chunks(int items, int minimum) {
        if (workers.length == 0) {
            return 1;
        }
        return Math.min(items / Math.max(1, minimum), 4 * threads());
    }

    private void drain(int worker) {
        while (true) {
            long now = unclaimed.get();
            int left = (int) now;
            if (left == 0) {
                return;
            }
            if (unclaimed.compareAndSet(now, now - 1)) {
                runChunk(chunks - left, worker);
            }
        }
    }

    private void runChunk(int chunk, int worker) {
        try {
            int from = (int) ((long) items * chunk / chunks);
            int to = (int) ((long) items * (chunk + 1) / chunks);
            task.run(from, to, worker);
        } catch (Throwable thrown) {
            if (failure == null) {
                failure = thrown;
            }
        } finally {
            if (unfinished.decrementAndGet() == 0) {
                Thread waiter = waiting;
                if (waiter != null) {
                    LockSupport.unpark(waiter);
                }
            }
        }
    }

    private void awaitOthers() {
        long start = System.nanoTime();
        while (unfinished.get() > 0) {
            if (System.nanoTime() - start < SPIN_NANOS) {
                Thread.onSpinWait();
                continue;
            }
            waiting = Thread.currentThread();
            if (unfinished.get() > 0) {
                // an interrupted thread does not park: it spins here until its result is complete
                LockSupport.park(this);
            }
            waiting = null;
        }
    }

    private void rethrow() {
        Throwable thrown = failure;
        if (thrown == null) {
            return;
        }
        failure = null;
        switch (thrown) {
            case Error error -> throw error;
            case RuntimeException exception -> throw exception;
            default -> throw new IllegalStateException(thrown);
        }
    }

    /** Ends the threads, after a call in progress. Idempotent. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        for (Worker worker : workers) {
            LockSupport.unpark(worker);
            while (worker.isAlive()) {
                try {
                    worker.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Worker extends Thread {

        private final int index;
        private volatile boolean parked;

        Worker(int index) {
            super("specoffload-cpu-" + index);
            this.index = index;
            setDaemon(true);
        }

        void wake() {
            if (parked) {
                LockSupport.unpark(this);
            }
        }

        @Override
        public void run() {
            while (!closed) {
                drain(index);
                if (!spin()) {
                    park();
                }
            }
        }

        /** Waits actively for a moment; says whether there is work. */
        private boolean spin() {
            long start = System.nanoTime();
            do {
                for (int i = 0; i < 16; i++) {
                    if ((int) unclaimed.get() != 0) {
                        return true;
                    }
                    Thread.onSpinWait();
                }
            } while (System.nanoTime() - start < SPIN_NANOS);
            return false;
        }

        private void park() {
            parked = true;
            if ((int) unclaimed.get() == 0 && !closed) {
                LockSupport.park(WorkerPool.this);
            }
            parked = false;
        }
    }
}
