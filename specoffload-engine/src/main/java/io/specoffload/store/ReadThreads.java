package io.specoffload.store;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Platform threads that read pieces, so that several reads are in flight at any time. */
public final class ReadThreads implements ReadQueue {

    private final PieceReader reader;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Deque<Transfer.Piece> urgent = new ArrayDeque<>();
    private final Deque<Transfer.Piece> ahead = new ArrayDeque<>();
    private final List<Thread> threads = new ArrayList<>();
    private boolean paused;
    private boolean closed;

    /**
     * Starts the threads.
     *
     * @param count reads in flight, at least 1
     */
    public ReadThreads(int count, PieceReader reader) {
        this.reader = reader;
        for (int i = 0; i < count; i++) {
            Thread thread = Thread.ofPlatform()
                    .name("specoffload-read-" + i)
                    .daemon(true)
                    .unstarted(this::work);
            threads.add(thread);
        }
        threads.forEach(Thread::start);
    }

    @Override
    public void submit(Transfer transfer, boolean first) {
        boolean refused;
        lock.lock();
        try {
            refused = closed;
            if (!refused) {
                (first ? urgent : ahead).addAll(transfer.pieces());
                work.signalAll();
            }
        } finally {
            lock.unlock();
        }
        if (refused) {
            transfer.cancel();
            transfer.pieces().forEach(piece -> transfer.settle(null));
        }
    }

    @Override
    public void hurry(Transfer transfer) {
        lock.lock();
        try {
            List<Transfer.Piece> moved = new ArrayList<>();
            ahead.removeIf(piece -> piece.owner() == transfer && moved.add(piece));
            urgent.addAll(moved);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void pause() {
        lock.lock();
        try {
            paused = true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void resume() {
        lock.lock();
        try {
            paused = false;
            work.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void work() {
        Transfer.Piece piece = next();
        while (piece != null) {
            reader.run(piece);
            piece = next();
        }
    }

    private Transfer.@Nullable Piece next() {
        lock.lock();
        try {
            while (!closed && urgent.isEmpty() && (paused || ahead.isEmpty())) {
                work.awaitUninterruptibly();
            }
            return closed ? null : urgent.isEmpty() ? ahead.poll() : urgent.poll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        List<Transfer.Piece> left = new ArrayList<>();
        lock.lock();
        try {
            closed = true;
            left.addAll(urgent);
            left.addAll(ahead);
            urgent.clear();
            ahead.clear();
            work.signalAll();
        } finally {
            lock.unlock();
        }
        for (Transfer.Piece piece : left) {
            piece.owner().cancel();
            piece.owner().settle(null);
        }
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    // leaving now would free memory that reads still write to
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
