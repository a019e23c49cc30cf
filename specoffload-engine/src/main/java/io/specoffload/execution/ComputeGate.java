package io.specoffload.execution;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Who computes first where two models share a device: the foreground pass (verification) whenever it can, the background
 * pass (drafting) while the foreground waits for weights or does not run. The background asks before each small piece of
 * its matrices, so it delays the foreground by little. Thread-safe.
 */
public final class ComputeGate {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition free = lock.newCondition();
    private final AtomicLong waitedNanos = new AtomicLong();
    private boolean computing;

    /** The foreground pass begins, or has the weights that it waited for. */
    public void foregroundComputes() {
        lock.lock();
        try {
            computing = true;
        } finally {
            lock.unlock();
        }
    }

    /** The foreground pass ends, or begins to wait for weights. */
    public void foregroundWaits() {
        lock.lock();
        try {
            computing = false;
            free.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Called by the background pass between pieces of work: returns when the foreground does not compute. */
    public void awaitTurn() {
        lock.lock();
        try {
            if (!computing) {
                return;
            }
            long start = System.nanoTime();
            while (computing) {
                free.awaitUninterruptibly();
            }
            waitedNanos.addAndGet(System.nanoTime() - start);
        } finally {
            lock.unlock();
        }
    }

    /** How long the background has waited here so far, in nanoseconds. */
    public long waitedNanos() {
        return waitedNanos.get();
    }
}
