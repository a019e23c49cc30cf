package io.specoffload.store;

import io.specoffload.telemetry.StallCause;
import io.specoffload.telemetry.StallEvent;
import io.specoffload.telemetry.StreamCounters;
import io.specoffload.telemetry.Timeline;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Experts in memory, as many as there are slots. Those that are wanted soon are read ahead in the order of the wish
 * list; which one gives way depends on the mode. One thread wishes, acquires and releases.
 *
 * <p>An expert is named by its key: layer * experts per layer + id.
 */
public final class ExpertCache implements AutoCloseable {

    /** Which expert gives way to another. */
    public enum Mode {
        /** Only experts that are needed are read: the one used least often, and of those the latest, gives way. */
        ON_DEMAND,
        /**
         * All experts are read in turn. Keeping the latest would keep nothing until it is needed again: a fixed set
         * stays, and the others pass through a few slots.
         */
        SWEEP
    }

    /** What is read ahead of its use takes the place of what could have stayed: enough that the disk never rests, and no more. */
    private static final long AHEAD_BYTES = 64L << 20;

    private static final int NONE = -1;
    private static final int[] NOTHING = {};

    private final List<StreamUnit> experts;
    private final int perLayer;
    private final StagingBuffer memory;
    private final ReadQueue reads;
    private final long pieceBytes;
    private final StreamCounters counters;
    private final Timeline timeline;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Slot[] slots;

    /** Experts that are read before they are used. */
    private final int ahead;

    private final int[] slotOf;
    private final float[] uses;
    private final Deque<Integer> wishes = new ArrayDeque<>();
    private final Set<Integer> urgent = new HashSet<>();
    private Mode mode = Mode.ON_DEMAND;
    private long tick;
    private boolean closed;

    private static final class Slot {
        private final int index;
        private int key = NONE;
        private @Nullable Transfer transfer;
        private boolean wanted;
        private boolean passing;

        /** Read, or being read, and not used yet. */
        private boolean fresh;

        /** Read because somebody guessed it, and not used yet. */
        private boolean guessed;

        private int pins;
        private long lastUse;

        Slot(int index) {
            this.index = index;
        }

        boolean settled() {
            return transfer == null || transfer.settled();
        }
    }

    /**
     * @param experts layout of each, by key
     * @param perLayer experts of a layer
     * @param memory at least two buffers, each as large as the largest expert
     * @param pieceBytes size of a read
     * @param ahead experts that are read before they are used, see {@link #ahead}
     */
    public ExpertCache(
            List<StreamUnit> experts,
            int perLayer,
            StagingBuffer memory,
            ReadQueue reads,
            long pieceBytes,
            StreamCounters counters,
            Timeline timeline,
            int ahead) {
        if (memory.count() < 2) {
            throw new IllegalArgumentException("a cache of " + memory.count() + " experts; it needs two");
        }
        this.experts = List.copyOf(experts);
        this.perLayer = perLayer;
        this.memory = memory;
        this.reads = reads;
        this.pieceBytes = pieceBytes;
        this.counters = counters;
        this.timeline = timeline;
        this.slots = new Slot[memory.count()];
        Arrays.setAll(slots, Slot::new);
        this.ahead = ahead;
        this.slotOf = new int[experts.size()];
        Arrays.fill(slotOf, NONE);
        this.uses = new float[experts.size()];
    }

    /** How many experts of a size are read before they are used. */
    public static int ahead(long expertBytes) {
        return Math.clamp(Math.ceilDiv(AHEAD_BYTES, Math.max(1, expertBytes)), 2, Integer.MAX_VALUE);
    }

    public int key(int layer, int id) {
        return layer * perLayer + id;
    }

    /** Experts that fit. */
    public int capacity() {
        return slots.length;
    }

    /** Experts that stay: the others pass through the rest of the slots, unless all of them fit. */
    public int kept() {
        return slots.length >= experts.size() ? experts.size() : slots.length - passing();
    }

    private int passing() {
        return Math.max(2, Math.min(slots.length / 4, ahead));
    }

    /** Experts there are. */
    public int size() {
        return experts.size();
    }

    public StreamUnit expert(int key) {
        return experts.get(key);
    }

    /** Bytes of all experts. */
    public long totalBytes() {
        return experts.stream().mapToLong(StreamUnit::usefulBytes).sum();
    }

    /** Counts an expert that a router chose: as a hit if it is in memory or on its way already. */
    public void chosen(int key) {
        counters.expertUsed(present(key));
    }

    /** Whether an expert is in memory or on its way. */
    public boolean present(int key) {
        lock.lock();
        try {
            return slotOf[key] != NONE;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Replaces the wish list and begins to read what is on it, in order, as far as experts may give way.
     *
     * @param keys experts in the order of their use
     */
    public void wish(int[] keys, Mode newMode) {
        wish(NOTHING, keys, newMode);
    }

    /**
     * As {@link #wish(int[], Mode)}, where some of the experts are needed now: what is missing of these is read before
     * anything that was wished for earlier, so that guesses take only the time in which nothing else is read.
     *
     * @param now experts that are acquired next, in the order of their use
     * @param later the others, in that order
     */
    public void wish(int[] now, int[] later, Mode newMode) {
        lock.lock();
        try {
            mode = newMode;
            wishes.clear();
            urgent.clear();
            for (Slot slot : slots) {
                slot.wanted = false;
            }
            for (int key : now) {
                wishes.add(key);
                urgent.add(key);
            }
            for (int key : later) {
                wishes.add(key);
            }
            if (mode == Mode.ON_DEMAND) {
                // what has been read for later has hardly been used: it must not give way to what is read now
                wishes.forEach(this::keep);
                dropGuesses();
            }
            grant();
        } finally {
            lock.unlock();
        }
    }

    private void keep(int key) {
        if (slotOf[key] != NONE) {
            slots[slotOf[key]].wanted = true;
        }
    }

    /** What was guessed for a layer that has chosen otherwise need not be read to its end. */
    private void dropGuesses() {
        for (Slot slot : slots) {
            Transfer transfer = slot.transfer;
            if (transfer != null && slot.guessed && !slot.wanted && slot.pins == 0 && !transfer.settled()) {
                counters.readInVain(transfer.cancel());
                slot.guessed = false;
                evict(slot);
            }
        }
    }

    /**
     * Borrows an expert, waiting until it has arrived.
     *
     * @throws WeightReadException if it cannot be read
     */
    public WeightLease acquire(int key) {
        Slot slot;
        boolean waits;
        lock.lock();
        try {
            slot = find(key);
            slot.pins++;
            slot.wanted = false;
            slot.fresh = false;
            slot.lastUse = ++tick;
            uses[key]++;
            wishes.remove(key);
            waits = !slot.settled();
            if (slot.guessed && slot.transfer != null) {
                counters.readInTime(slot.transfer.arrivedBytes());
            }
            slot.guessed = false;
        } finally {
            lock.unlock();
        }
        Slot found = slot;
        await(slot, key, waits);
        return new WeightLease(key, slot.index, memory.buffer(slot.index), () -> release(found));
    }

    private void await(Slot slot, int key, boolean waits) {
        Transfer transfer = slot.transfer;
        if (transfer == null) {
            return;
        }
        if (waits) {
            counters.stallBegins();
        }
        long start = System.nanoTime();
        StallEvent event = new StallEvent();
        event.begin();
        boolean arrived = false;
        try {
            if (waits) {
                reads.hurry(transfer);
            }
            transfer.await("expert " + key % perLayer + " of layer " + key / perLayer);
            arrived = true;
        } finally {
            if (waits) {
                long end = System.nanoTime();
                counters.stalled(StallCause.EXPERT_WEIGHTS, end - start);
                timeline.record(Timeline.Lane.COMPUTE, Timeline.Kind.STALL, start, end, 0);
                if (event.shouldCommit()) {
                    event.cause = StallCause.EXPERT_WEIGHTS.name();
                    event.layer = key / perLayer;
                    event.commit();
                }
            }
            if (!arrived) {
                forget(slot);
            }
        }
    }

    private void release(Slot slot) {
        lock.lock();
        try {
            slot.pins--;
            grant();
        } finally {
            lock.unlock();
        }
    }

    /** What could not be read is read anew when it is needed again. */
    private void forget(Slot slot) {
        lock.lock();
        try {
            slot.pins--;
            evict(slot);
        } finally {
            lock.unlock();
        }
    }

    /** The slot of an expert that is needed now, reading it if need be. */
    private Slot find(int key) {
        while (slotOf[key] == NONE) {
            if (closed) {
                throw new WeightReadException("the model is closed");
            }
            Slot victim = victim();
            if (victim == null) {
                victim = unusedWish();
            }
            if (victim != null) {
                load(victim, key, true);
            } else {
                // everything else is on its way: one of them must arrive before it can give way
                changed.awaitUninterruptibly();
            }
        }
        return slots[slotOf[key]];
    }

    /** Reads ahead. */
    private void grant() {
        while (!wishes.isEmpty() && !closed) {
            int key = wishes.peek();
            if (slotOf[key] != NONE) {
                Slot slot = slots[slotOf[key]];
                slot.wanted = true;
                Transfer transfer = slot.transfer;
                if (transfer != null && urgent.contains(key) && !transfer.settled()) {
                    reads.hurry(transfer);
                }
            } else {
                Slot victim = readAhead() >= mostAhead() ? null : victim();
                if (victim == null) {
                    return;
                }
                load(victim, key, urgent.contains(key));
                victim.wanted = true;
            }
            wishes.remove();
        }
    }

    /** Experts that may be in memory or on their way before they are used, beside those that stay. */
    private int mostAhead() {
        return mode == Mode.ON_DEMAND ? ahead : passing();
    }

    private long readAhead() {
        return Arrays.stream(slots)
                .filter(slot -> slot.wanted && (mode == Mode.ON_DEMAND ? slot.fresh : slot.passing))
                .count();
    }

    private @Nullable Slot victim() {
        Slot best = null;
        for (Slot slot : slots) {
            if (slot.pins == 0 && !slot.wanted && slot.settled() && (best == null || before(slot, best))) {
                best = slot;
            }
        }
        return best;
    }

    private boolean before(Slot a, Slot b) {
        if (a.key == NONE || b.key == NONE) {
            return a.key == NONE && b.key != NONE;
        }
        if (mode == Mode.SWEEP) {
            return a.passing == b.passing ? a.lastUse > b.lastUse : a.passing;
        }
        // layers come around: of those that are used as often, the latest one is needed last
        return uses[a.key] == uses[b.key] ? a.lastUse > b.lastUse : uses[a.key] < uses[b.key];
    }

    /** An expert that was read ahead and may turn out not to be needed. */
    private @Nullable Slot unusedWish() {
        Slot latest = null;
        for (Slot slot : slots) {
            if (slot.pins == 0 && slot.settled() && (latest == null || slot.lastUse > latest.lastUse)) {
                latest = slot;
            }
        }
        return latest;
    }

    private void load(Slot slot, int key, boolean urgent) {
        boolean passing = slot.key != NONE && mode == Mode.SWEEP;
        evict(slot);
        slot.key = key;
        slot.passing = passing;
        slot.fresh = true;
        slot.guessed = mode == Mode.ON_DEMAND && !urgent;
        slot.lastUse = ++tick;
        slotOf[key] = slot.index;
        StreamUnit unit = experts.get(key);
        Transfer transfer = new Transfer(unit.ranges(), memory.buffer(slot.index), pieceBytes, this::settled);
        slot.transfer = transfer;
        reads.submit(transfer, urgent);
    }

    private void evict(Slot slot) {
        if (slot.key != NONE) {
            slotOf[slot.key] = NONE;
            // what is rarely used is forgotten sooner, so that a change of subject is followed
            uses[slot.key] /= 2;
            if (slot.guessed) {
                counters.readInVain(experts.get(slot.key).usefulBytes());
            }
        }
        slot.key = NONE;
        slot.wanted = false;
        slot.passing = false;
        slot.fresh = false;
        slot.guessed = false;
    }

    private void settled() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Stops reading. The memory may be freed once the read queue is closed. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            wishes.clear();
            for (Slot slot : slots) {
                if (slot.transfer != null) {
                    slot.transfer.cancel();
                }
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
