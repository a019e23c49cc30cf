package io.specoffload.pipeline;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntUnaryOperator;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * The bounded first-come-first-served queue in front of the slots. Callers offer from any thread; the pipeline's thread
 * takes, as many as there are free slots.
 */
final class Admission {

    private final int slots;
    private final int capacity;
    private final LongSupplier clock;
    private final Deque<Sequence> waiting = new ArrayDeque<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private int running;
    private boolean closed;

    Admission(int slots, int capacity, LongSupplier clock) {
        this.slots = slots;
        this.capacity = capacity;
        this.clock = clock;
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

    /**
     * Sequences for free slots, first come first served.
     *
     * @param occupied slots that are taken now
     * @param room gives, for the number of sequences that wait, how many may enter
     * @param fits whether there is memory for a sequence; the first for which there is none keeps those behind it waiting
     * @param abandoned takes those that were cancelled while waiting
     */
    List<Sequence> take(int occupied, IntUnaryOperator room, Predicate<Sequence> fits, List<Sequence> abandoned) {
        lock.lock();
        try {
            long now = clock.getAsLong();
            for (Iterator<Sequence> iterator = waiting.iterator(); iterator.hasNext(); ) {
                Sequence sequence = iterator.next();
                if (sequence.abandoned(now)) {
                    iterator.remove();
                    abandoned.add(sequence);
                }
            }
            List<Sequence> admitted = new ArrayList<>();
            int free = room.applyAsInt(waiting.size());
            while (admitted.size() < free && !waiting.isEmpty() && fits.test(waiting.element())) {
                admitted.add(waiting.remove());
            }
            running = occupied + admitted.size();
            return admitted;
        } finally {
            lock.unlock();
        }
    }

    /** Queues a sequence again, before all others: it was running already. */
    void putBack(Sequence sequence) {
        lock.lock();
        try {
            waiting.addFirst(sequence);
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
