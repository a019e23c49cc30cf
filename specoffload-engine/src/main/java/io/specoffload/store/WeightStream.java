package io.specoffload.store;

import io.specoffload.telemetry.StallCause;
import io.specoffload.telemetry.StallEvent;
import io.specoffload.telemetry.StreamCounters;
import io.specoffload.telemetry.Timeline;
import io.specoffload.tensor.TensorRole;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Streams units through staging buffers in a fixed order, around and around: while one is used, the next ones are being
 * read, those of the next sweep behind the last one of this. Reading runs ahead until every buffer is full, whether
 * somebody computes or not. One thread acquires and releases; units that it skips are left out.
 *
 * <p>A unit is named by its index; its <em>turn</em> counts on from sweep to sweep: turn = sweep * units + index.
 */
public final class WeightStream implements AutoCloseable {

    private final List<StreamUnit> units;
    private final StagingBuffer staging;
    private final ReadQueue reads;
    private final long pieceBytes;
    private final StreamCounters counters;
    private final Timeline timeline;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition slotFreed = lock.newCondition();
    private final Slot[] slots;

    /** Turn of the unit that is used now or next. */
    private long current;

    /** Turn of the first unit whose reading has not begun. */
    private long next;

    private boolean closed;

    /** A staging buffer; free if it has neither a turn nor a transfer that may still write to it. */
    private static final class Slot {
        private static final long NONE = -1;

        private final int index;
        private @Nullable Transfer transfer;
        private long turn = NONE;

        Slot(int index) {
            this.index = index;
        }

        void cancel() {
            if (transfer != null) {
                transfer.cancel();
            }
        }

        boolean free() {
            return turn == NONE && (transfer == null || transfer.settled());
        }
    }

    /**
     * Starts reading the first units.
     *
     * @param units in the order of their use, at least one
     * @param staging at least two buffers, each as large as the largest unit
     * @param pieceBytes size of a read
     */
    public WeightStream(
            List<StreamUnit> units,
            StagingBuffer staging,
            ReadQueue reads,
            long pieceBytes,
            StreamCounters counters,
            Timeline timeline) {
        if (units.isEmpty() || staging.count() < 2) {
            throw new IllegalArgumentException(
                    units.size() + " units through " + staging.count() + " buffers; needed are 1 and 2");
        }
        for (StreamUnit unit : units) {
            if (unit.bytes() > staging.bytes()) {
                throw new IllegalArgumentException(
                        "a unit of " + unit.bytes() + " bytes does not fit a buffer of " + staging.bytes());
            }
        }
        this.units = List.copyOf(units);
        this.staging = staging;
        this.reads = reads;
        this.pieceBytes = pieceBytes;
        this.counters = counters;
        this.timeline = timeline;
        this.slots = new Slot[staging.count()];
        for (int i = 0; i < slots.length; i++) {
            slots[i] = new Slot(i);
        }
        lock.lock();
        try {
            readAhead();
        } finally {
            lock.unlock();
        }
    }

    public List<StreamUnit> units() {
        return units;
    }

    /** Number of staging buffers. */
    public int depth() {
        return slots.length;
    }

    /** Bytes that can be read while nothing is used. */
    public long readAheadBytes() {
        return staging.byteSize();
    }

    /** Bytes of weights in one sweep. */
    public long bytesPerSweep() {
        return units.stream().mapToLong(StreamUnit::usefulBytes).sum();
    }

    /**
     * Borrows a tensor, or rows of it, out of a unit, waiting until the unit has arrived. Closing the lease of the tensor
     * that the unit is used for last frees its buffer.
     *
     * @param unit index; if it is not the next one, those between are skipped
     * @param tensor one of the unit's
     * @param cause what waiting for it counts as
     * @throws WeightReadException if it cannot be read
     */
    public WeightLease acquire(int unit, String tensor, StallCause cause) {
        Slot slot;
        Transfer transfer;
        long turn;
        lock.lock();
        try {
            skipTo(unit);
            slot = slotOfCurrent();
            turn = current;
            transfer = Objects.requireNonNull(slot.transfer, "a buffer with a turn is being filled");
        } finally {
            lock.unlock();
        }
        await(transfer, tensor, cause);
        boolean last = tensor.equals(units.get(unit).last());
        return new WeightLease(unit, slot.index, staging.buffer(slot.index), last ? () -> release(turn) : () -> {});
    }

    private void await(Transfer transfer, String tensor, StallCause cause) {
        boolean waits = !transfer.settled();
        if (waits) {
            counters.stallBegins();
        }
        long start = System.nanoTime();
        StallEvent event = new StallEvent();
        event.begin();
        boolean arrived = false;
        try {
            transfer.await(tensor);
            arrived = true;
        } finally {
            if (waits) {
                long end = System.nanoTime();
                counters.stalled(cause, end - start);
                timeline.record(Timeline.Lane.COMPUTE, Timeline.Kind.STALL, start, end, 0);
                if (event.shouldCommit()) {
                    event.cause = cause.name();
                    event.layer = TensorRole.layerOf(tensor);
                    event.commit();
                }
            }
            if (!arrived) {
                startOver();
            }
        }
    }

    /** Moves on to the next turn of a unit. */
    private void skipTo(int unit) {
        long target = current + Math.floorMod(unit - current, (long) units.size());
        while (current < target) {
            drop(current++);
        }
        next = Math.max(next, current);
        readAhead();
    }

    private Slot slotOfCurrent() {
        while (true) {
            if (closed) {
                throw new WeightReadException("the model is closed");
            }
            for (Slot slot : slots) {
                if (slot.turn == current) {
                    return slot;
                }
            }
            // all buffers are waiting for cancelled reads to end
            slotFreed.awaitUninterruptibly();
            readAhead();
        }
    }

    private void release(long turn) {
        lock.lock();
        try {
            if (turn == current) {
                drop(current++);
                next = Math.max(next, current);
                readAhead();
            }
        } finally {
            lock.unlock();
        }
    }

    /** After a failure: what was read ahead is read again. */
    private void startOver() {
        lock.lock();
        try {
            for (long turn = current; turn < next; turn++) {
                drop(turn);
            }
            next = current;
        } finally {
            lock.unlock();
        }
    }

    private void drop(long turn) {
        for (Slot slot : slots) {
            if (slot.turn == turn) {
                slot.turn = Slot.NONE;
                slot.cancel();
            }
        }
    }

    /** Fills free buffers. */
    private void readAhead() {
        for (Slot slot : slots) {
            if (closed) {
                return;
            }
            if (slot.free()) {
                start(slot);
            }
        }
    }

    private void start(Slot slot) {
        StreamUnit unit = units.get((int) (next % units.size()));
        slot.turn = next++;
        Transfer transfer = new Transfer(unit.ranges(), staging.buffer(slot.index), pieceBytes, this::settled);
        slot.transfer = transfer;
        reads.submit(transfer, false);
    }

    private void settled() {
        lock.lock();
        try {
            // a buffer whose reads were cancelled is free only now
            if (lock.getHoldCount() == 1) {
                readAhead();
            }
            slotFreed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Stops reading. The staging buffers may be freed once the read queue is closed. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            for (Slot slot : slots) {
                slot.cancel();
            }
            slotFreed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
