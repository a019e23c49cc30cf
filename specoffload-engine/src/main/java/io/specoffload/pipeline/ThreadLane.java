package io.specoffload.pipeline;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A lane with a platform thread of its own. */
final class ThreadLane implements Lane {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Thread thread;
    private @Nullable Task<?> next;
    private boolean closed;

    ThreadLane(String name) {
        thread = Thread.ofPlatform().name(name).daemon(true).unstarted(this::work);
        thread.start();
    }

    @Override
    public <T> Running<T> start(Supplier<T> work) {
        Task<T> task = new Task<>(work);
        lock.lock();
        try {
            if (closed || next != null) {
                throw new IllegalStateException(closed ? "the lane is closed" : "the lane is busy");
            }
            next = task;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        return task;
    }

    private void work() {
        while (true) {
            Task<?> task;
            lock.lock();
            try {
                while (next == null && !closed) {
                    changed.awaitUninterruptibly();
                }
                task = next;
            } finally {
                lock.unlock();
            }
            if (task == null) {
                return;
            }
            task.run();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Task<T> implements Running<T> {
        private final Supplier<T> work;
        private @Nullable T result;
        private @Nullable Throwable failure;
        private boolean done;

        Task(Supplier<T> work) {
            this.work = work;
        }

        void run() {
            T value = null;
            Throwable thrown = null;
            try {
                value = work.get();
            } catch (RuntimeException | Error e) {
                thrown = e;
            }
            lock.lock();
            try {
                result = value;
                failure = thrown;
                done = true;
                next = null;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        @Override
        @SuppressWarnings("NullAway") // work that ends without a failure has given its result
        public T join() {
            lock.lock();
            try {
                while (!done) {
                    changed.awaitUninterruptibly();
                }
            } finally {
                lock.unlock();
            }
            if (failure instanceof Error error) {
                throw error;
            }
            if (failure instanceof RuntimeException exception) {
                throw exception;
            }
            return result;
        }
    }
}
