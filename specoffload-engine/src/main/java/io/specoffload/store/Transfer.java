package io.specoffload.store;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Bytes on their way from a file into memory, in pieces that several threads read side by side. Complete when all
 * pieces are, failed when one is, and <em>settled</em> when no thread will write to the memory any more: only then may
 * it be used for something else.
 */
public final class Transfer {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<Piece> pieces = new ArrayList<>();
    private final Runnable whenSettled;
    private int unsettled;
    private long arrived;
    private boolean cancelled;
    private @Nullable Throwable failure;

    /**
     * One read.
     *
     * @param part index of the file
     * @param position in it, aligned
     * @param target memory, aligned
     * @param required bytes from the position on that must be there; the rest is padding, which may lie behind the
     *     file's end
     * @param useful bytes of them that are weights
     * @param owner whose piece it is
     */
    public record Piece(int part, long position, MemorySegment target, long required, long useful, Transfer owner) {}

    /**
     * @param ranges what to read
     * @param memory where it goes, each range at its own offset
     * @param pieceBytes size of a read, a multiple of the alignment
     * @param whenSettled called once by the thread that settles the last piece; must be short
     */
    Transfer(List<StreamUnit.Range> ranges, MemorySegment memory, long pieceBytes, Runnable whenSettled) {
        this.whenSettled = whenSettled;
        for (StreamUnit.Range range : ranges) {
            long usefulLeft = range.useful();
            for (long done = 0; done < range.bytes(); done += pieceBytes) {
                long bytes = Math.min(pieceBytes, range.bytes() - done);
                long required = Math.clamp(range.required() - done, 0, bytes);
                long useful = Math.min(usefulLeft, bytes);
                usefulLeft -= useful;
                MemorySegment target = memory.asSlice(range.offset() + done, bytes);
                pieces.add(new Piece(range.part(), range.position() + done, target, required, useful, this));
            }
        }
        unsettled = pieces.size();
    }

    /** What is to be read, in order. */
    public List<Piece> pieces() {
        return pieces;
    }

    /** Whether a piece is still worth reading. */
    public boolean wanted() {
        lock.lock();
        try {
            return !cancelled && failure == null;
        } finally {
            lock.unlock();
        }
    }

    /** A piece was read, and is settled next; says whether anybody still wants it. */
    boolean arrived(Piece piece) {
        lock.lock();
        try {
            arrived += cancelled ? 0 : piece.useful();
            return !cancelled;
        } finally {
            lock.unlock();
        }
    }

    /** Bytes of weights that have arrived so far. */
    long arrivedBytes() {
        lock.lock();
        try {
            return arrived;
        } finally {
            lock.unlock();
        }
    }

    /** A piece was read, failed, or was left out; nothing writes to its memory from now on. */
    void settle(@Nullable Throwable problem) {
        boolean last;
        lock.lock();
        try {
            if (problem != null && failure == null) {
                failure = problem;
            }
            last = --unsettled == 0;
            if (last) {
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
        if (last) {
            whenSettled.run();
        }
    }

    /** Makes pieces that are not yet being read be left out; says how many bytes of weights have arrived in vain. */
    long cancel() {
        lock.lock();
        try {
            long inVain = cancelled ? 0 : arrived;
            cancelled = true;
            return inVain;
        } finally {
            lock.unlock();
        }
    }

    /** Whether no thread will write to the memory any more. */
    boolean settled() {
        lock.lock();
        try {
            return unsettled == 0;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until no thread will write to the memory any more, whatever has arrived. */
    void awaitSettled() {
        lock.lock();
        try {
            while (unsettled > 0) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until everything has arrived.
     *
     * @throws WeightReadException if something did not
     */
    void await(String what) {
        lock.lock();
        try {
            while (unsettled > 0) {
                changed.awaitUninterruptibly();
            }
            if (failure != null) {
                throw new WeightReadException("cannot read " + what + ": " + failure.getMessage(), failure);
            }
            if (cancelled) {
                throw new WeightReadException("reading " + what + " was cancelled: the model is being closed");
            }
        } finally {
            lock.unlock();
        }
    }
}
