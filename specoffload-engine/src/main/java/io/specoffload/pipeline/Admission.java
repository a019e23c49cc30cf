package io.specoffload.pipeline;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The bounded first-come-first-served queue in front of the slots. Callers offer from any thread; the pipeline's thread
 * takes, as many as there are free slots.
 */
final class Admission {

    private final int slots;
    private final int capacity;
    private final Queue<Sequence> waiting = new ArrayDeque<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private int running;
    private boolean closed;

    Admission(int slots, int capacity) {
        this.slots = slots;
        this.capacity = capacity;
    }

    /** Queues a sequence, unless as many wait as may (a free slot counts as one more place). */
    boolean offer(Sequence sequence) {
        lock.lock();
        try {
            if (closed || waiting.size() >= capacity + Math.max(0, slots - running)) {
                return false;
            }
            waiting.add(sequence);
            changed.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Sequences for the free slots; those that were cancelled while waiting go to {@code abandoned}. */
    List<Sequence> take(int occupied, List<Sequence> abandoned) {
        lock.lock();
        try {
            long now = System.nanoTime();
            for (Iterator<Sequence> iterator = waiting.iterator(); iterator.hasNext(); ) {
                Sequence sequence = iterator.next();
                if (sequence.abandoned(now)) {
                    iterator.remove();
                    abandoned.add(sequence);
                }
            }
            List<Sequence> admitted = new ArrayList<>();
            running = occupied;
            while (running < slots && !waiting.isEmpty()) {
                admitted.add(waiting.remove());
                running++;
            }
            return admitted;
        } finally {
            lock.unlock();
        }
    }

    /** Blocks until something waits or the queue is closed; false if it is closed. */
    boolean await() {
        lock.lock();
        try {
            running = 0;
            while (waiting.isEmpty() && !closed) {
                changed.awaitUninterruptibly();
            }
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    int waiting() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    /** Marks everything that waits as cancelled. */
    void cancelAll() {
        lock.lock();
        try {
            waiting.forEach(Sequence::cancel);
        } finally {
            lock.unlock();
        }
    }

    /** Refuses further sequences and wakes the pipeline's thread. */
    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean closed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /** What still waits after closing. */
    List<Sequence> drain() {
        lock.lock();
        try {
            List<Sequence> rest = new ArrayList<>(waiting);
            waiting.clear();
            return rest;
        } finally {
            lock.unlock();
        }
    }
}
