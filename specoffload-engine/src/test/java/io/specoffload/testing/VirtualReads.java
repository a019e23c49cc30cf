package io.specoffload.testing;

import io.specoffload.store.PieceReader;
import io.specoffload.store.ReadQueue;
import io.specoffload.store.Transfer;
import io.specoffload.telemetry.StallListener;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * A device that reads one piece after the other at a fixed rate, in time that is computed: it passes where the user
 * computes, and where somebody waits for a transfer, until that has arrived (the counters' stalls say so). For one
 * thread.
 */
public final class VirtualReads implements ReadQueue, StallListener {

    private final PieceReader reader;
    private final double bytesPerSecond;
    private final int inFlight;

    /** What the device was told to read: nothing gets ahead of it, and none of it is left out. */
    private final Deque<Transfer.Piece> begun = new ArrayDeque<>();

    private final Deque<Transfer.Piece> urgent = new ArrayDeque<>();
    private final Deque<Transfer.Piece> ahead = new ArrayDeque<>();
    private final Map<Transfer, Integer> left = new IdentityHashMap<>();
    private double now;
    private double free;
    private double stalled;
    private boolean paused;
    private boolean waits;

    /**
     * @param inFlight pieces that the device is told to read at once
     */
    public VirtualReads(PieceReader reader, double bytesPerSecond, int inFlight) {
        this.reader = reader;
        this.bytesPerSecond = bytesPerSecond;
        this.inFlight = inFlight;
    }

    /** Time so far. */
    public double seconds() {
        return now;
    }

    /** Of it, the time that somebody waited. */
    public double stalledSeconds() {
        return stalled;
    }

    /** The user computes for so long; meanwhile the device reads what is queued. */
    public void compute(double seconds) {
        now += seconds;
        while (readOne(now)) {
            continue;
        }
    }

    /** Hands pieces to the device, as many as it takes. What nobody wants any more takes no time. */
    private void begin() {
        while (begun.size() < inFlight) {
            Transfer.Piece piece = urgent.isEmpty() ? paused ? null : ahead.poll() : urgent.poll();
            if (piece == null) {
                return;
            }
            if (piece.owner().wanted()) {
                begun.add(piece);
            } else {
                read(piece);
            }
        }
    }

    private void read(Transfer.Piece piece) {
        left.computeIfPresent(piece.owner(), (owner, count) -> count == 1 ? null : count - 1);
        reader.run(piece);
    }

    /** Reads the next piece if it has arrived by then. */
    private boolean readOne(double until) {
        Transfer.Piece piece = begun.peek();
        if (piece == null) {
            // a device without work starts when there is some
            free = Math.max(free, until);
            return false;
        }
        double arrives = free + piece.target().byteSize() / bytesPerSecond;
        if (arrives > until) {
            return false;
        }
        free = arrives;
        begun.remove();
        begin();
        read(piece);
        return true;
    }

    @Override
    public void submit(Transfer transfer, boolean first) {
        free = begun.isEmpty() ? Math.max(free, now) : free;
        left.put(transfer, transfer.pieces().size());
        (first ? urgent : ahead).addAll(transfer.pieces());
        begin();
    }

    /** The next transfer that is hurried is waited for. */
    @Override
    public void stallBegins() {
        waits = true;
    }

    @Override
    public void stallEnds() {
        waits = false;
    }

    @Override
    public void hurry(Transfer transfer) {
        List<Transfer.Piece> moved = new ArrayList<>();
        ahead.removeIf(piece -> piece.owner() == transfer && moved.add(piece));
        urgent.addAll(moved);
        begin();
        if (waits) {
            await(transfer);
        }
    }

    /** Time passes until the transfer is there. */
    private void await(Transfer transfer) {
        while (left.containsKey(transfer)) {
            if (begun.isEmpty()) {
                throw new AssertionError("waits for what nobody reads");
            }
            readOne(Double.POSITIVE_INFINITY);
        }
        stalled += Math.max(0, free - now);
        now = Math.max(now, free);
    }

    @Override
    public void pause() {
        paused = true;
    }

    @Override
    public void resume() {
        paused = false;
        begin();
    }

    @Override
    public void close() {
        List<Transfer.Piece> rest = new ArrayList<>(begun);
        rest.addAll(urgent);
        rest.addAll(ahead);
        begun.clear();
        urgent.clear();
        ahead.clear();
        rest.forEach(reader::run);
    }
}
