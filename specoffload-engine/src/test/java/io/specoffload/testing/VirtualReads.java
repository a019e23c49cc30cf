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
    private final Deque<Transfer.Piece> urgent = new ArrayDeque<>();
    private final Deque<Transfer.Piece> ahead = new ArrayDeque<>();
    private final Map<Transfer, Integer> left = new IdentityHashMap<>();
    private double now;
    private double free;
    private double stalled;
    private boolean paused;
    private boolean waits;

    public VirtualReads(PieceReader reader, double bytesPerSecond) {
        this.reader = reader;
        this.bytesPerSecond = bytesPerSecond;
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

    /** Reads the next piece if it has arrived by then. */
    private boolean readOne(double until) {
        Transfer.Piece piece = urgent.isEmpty() ? paused ? null : ahead.peek() : urgent.peek();
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
        (urgent.isEmpty() ? ahead : urgent).remove();
        left.merge(piece.owner(), -1, Integer::sum);
        reader.run(piece);
        return true;
    }

    @Override
    public void submit(Transfer transfer, boolean first) {
        free = urgent.isEmpty() && ahead.isEmpty() ? Math.max(free, now) : free;
        left.put(transfer, transfer.pieces().size());
        (first ? urgent : ahead).addAll(transfer.pieces());
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
        if (waits) {
            await(transfer);
        }
    }

    /** Time passes until the transfer is there. */
    private void await(Transfer transfer) {
        while (left.getOrDefault(transfer, 0) > 0) {
            readOne(Double.POSITIVE_INFINITY);
        }
        left.remove(transfer);
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
    }

    @Override
    public void close() {
        List<Transfer.Piece> rest = new ArrayList<>(urgent);
        rest.addAll(ahead);
        urgent.clear();
        ahead.clear();
        rest.forEach(reader::run);
    }
}
