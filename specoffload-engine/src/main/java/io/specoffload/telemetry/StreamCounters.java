package io.specoffload.telemetry;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Totals of what was streamed since the start. Written by reading and computing threads, read by any.
 */
public final class StreamCounters {

    private final LongAdder physicalBytes = new LongAdder();
    private final LongAdder usefulBytes = new LongAdder();
    private final Map<StallCause, AtomicLong> stalls = new EnumMap<>(StallCause.class);
    private final AtomicLong sweeps = new AtomicLong();
    private final AtomicLong expertHits = new AtomicLong();
    private final AtomicLong expertMisses = new AtomicLong();
    private final AtomicLong expertGuesses = new AtomicLong();
    private final AtomicLong expertGuessesRight = new AtomicLong();
    private final AtomicLong bytesInTime = new AtomicLong();
    private final AtomicLong bytesInVain = new AtomicLong();

    private volatile StallListener stallListener = StallListener.NONE;

    private final Object busyLock = new Object();
    private int reading;
    private long busySince;
    private long busyNanos;

    public StreamCounters() {
        for (StallCause cause : StallCause.values()) {
            stalls.put(cause, new AtomicLong());
        }
    }

    /** A read begins at a point of {@link System#nanoTime}. */
    public void readBegins(long now) {
        synchronized (busyLock) {
            if (reading++ == 0) {
                busySince = now;
            }
        }
    }

    /**
     * A read ended.
     *
     * @param physical bytes that came from the device
     * @param useful bytes of them that are weights
     */
    public void readEnds(long now, long physical, long useful) {
        synchronized (busyLock) {
            if (--reading == 0) {
                busyNanos += now - busySince;
            }
        }
        physicalBytes.add(physical);
        usefulBytes.add(useful);
    }

    /** Names who hears of stalls from now on, instead of whoever did before. */
    public void listen(StallListener listener) {
        stallListener = listener;
    }

    /** Computing begins to wait; {@link #stalled} follows. */
    public void stallBegins() {
        stallListener.stallBegins();
    }

    /** Computing waited. */
    public void stalled(StallCause cause, long nanos) {
        stall(cause).addAndGet(nanos);
        stallListener.stallEnds();
    }

    /** A pass through all layers is complete. */
    public void sweepEnds() {
        sweeps.incrementAndGet();
    }

    /**
     * A router chose an expert.
     *
     * @param inMemory whether it was there or on its way
     */
    public void expertUsed(boolean inMemory) {
        (inMemory ? expertHits : expertMisses).incrementAndGet();
    }

    /**
     * A router chose where experts had been guessed.
     *
     * @param guesses experts that had been guessed
     * @param right of them, those that it chose
     */
    public void expertsGuessed(int guesses, int right) {
        expertGuesses.addAndGet(guesses);
        expertGuessesRight.addAndGet(right);
    }

    /** An expert was needed of which so much had been read for a guess. */
    public void readInTime(long bytes) {
        bytesInTime.addAndGet(bytes);
    }

    /** Weights were read ahead that nobody used. */
    public void readInVain(long bytes) {
        bytesInVain.addAndGet(bytes);
    }

    /** Bytes that came from the device, whole blocks. */
    public long physicalBytes() {
        return physicalBytes.sum();
    }

    /** Bytes of weights that came from the device. */
    public long usefulBytes() {
        return usefulBytes.sum();
    }

    public long stallNanos(StallCause cause) {
        return stall(cause).get();
    }

    /** Stalls of all causes. */
    public long stallNanos() {
        return stalls.values().stream().mapToLong(AtomicLong::get).sum();
    }

    public long sweeps() {
        return sweeps.get();
    }

    /** Experts that were in memory, or on their way, when a router chose them. */
    public long expertHits() {
        return expertHits.get();
    }

    /** Experts whose reading began only when a router had chosen them. */
    public long expertMisses() {
        return expertMisses.get();
    }

    /** Experts that were guessed before a router chose. */
    public long expertGuesses() {
        return expertGuesses.get();
    }

    /** Guessed experts that the router then chose. */
    public long expertGuessesRight() {
        return expertGuessesRight.get();
    }

    /** Bytes of experts that had been read for a right guess when they were needed. */
    public long bytesInTime() {
        return bytesInTime.get();
    }

    /** Bytes of weights that were read ahead, experts of wrong guesses for the most part, and that nobody used. */
    public long bytesInVain() {
        return bytesInVain.get();
    }

    /** Time during which at least one read was in flight. */
    public long busyNanos(long now) {
        synchronized (busyLock) {
            return reading == 0 ? busyNanos : busyNanos + now - busySince;
        }
    }

    private AtomicLong stall(StallCause cause) {
        AtomicLong total = stalls.get(cause);
        if (total == null) {
            throw new IllegalArgumentException("no such cause: " + cause);
        }
        return total;
    }
}
