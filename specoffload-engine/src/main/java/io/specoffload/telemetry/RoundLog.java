package io.specoffload.telemetry;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The latest rounds, oldest first. Thread-safe; adding costs a lock and no allocation beyond the record. */
public final class RoundLog {

    private final int capacity;
    private final Deque<RoundRecord> records = new ArrayDeque<>();

    /** @param capacity rounds that are kept, at least 1 */
    public RoundLog(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a log of " + capacity + " rounds");
        }
        this.capacity = capacity;
    }

    public void add(RoundRecord round) {
        synchronized (records) {
            if (records.size() == capacity) {
                records.removeFirst();
            }
            records.addLast(round);
        }
    }

    public List<RoundRecord> latest() {
        synchronized (records) {
            return List.copyOf(records);
        }
    }
}
