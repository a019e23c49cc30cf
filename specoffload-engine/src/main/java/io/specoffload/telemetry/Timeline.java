package io.specoffload.telemetry;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The latest spans of work, in a ring of fixed size: recording one costs a few writes and allocates nothing. Any
 * thread may record and read; a reader may miss spans that are overwritten meanwhile.
 */
public final class Timeline {

    /** Who worked. */
    public enum Lane {
        DISK,
        COMPUTE
    }

    /** At what. */
    public enum Kind {
        READ,
        STALL,
        SWEEP
    }

    /**
     * A piece of work.
     *
     * @param start by {@link System#nanoTime}
     * @param end by {@link System#nanoTime}
     * @param bytes moved, 0 for none
     */
    public record Span(Lane lane, Kind kind, long start, long end, long bytes) {}

    private static final int FIELDS = 4;
    private static final Lane[] LANES = Lane.values();
    private static final Kind[] KINDS = Kind.values();

    private final int capacity;
    private final long[] ring;
    private final AtomicLong next = new AtomicLong();

    /**
     * @param capacity spans that are kept, at least 1
     */
    public Timeline(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a timeline of " + capacity + " spans");
        }
        this.capacity = capacity;
        this.ring = new long[capacity * FIELDS];
    }

    public void record(Lane lane, Kind kind, long start, long end, long bytes) {
        int at = (int) (next.getAndIncrement() % capacity) * FIELDS;
        synchronized (ring) {
            ring[at] = (long) lane.ordinal() << 32 | kind.ordinal();
            ring[at + 1] = start;
            ring[at + 2] = end;
            ring[at + 3] = bytes;
        }
    }

    /** The kept spans, oldest first. */
    public List<Span> spans() {
        long end = next.get();
        List<Span> spans = new ArrayList<>();
        synchronized (ring) {
            for (long i = Math.max(0, end - capacity); i < end; i++) {
                int at = (int) (i % capacity) * FIELDS;
                Lane lane = LANES[(int) (ring[at] >>> 32)];
                spans.add(new Span(lane, KINDS[(int) ring[at]], ring[at + 1], ring[at + 2], ring[at + 3]));
            }
        }
        return spans;
    }
}
