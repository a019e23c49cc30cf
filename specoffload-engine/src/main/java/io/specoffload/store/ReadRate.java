package io.specoffload.store;

/**
 * A token bucket that limits bytes per second: each read is told how long to wait. Holds a hundredth of a second's
 * bytes, so that pauses are not made up for. Thread-safe.
 */
public final class ReadRate {

    private static final double BURST_SECONDS = 0.01;

    private final double bytesPerNano;
    private final double burst;
    private double available;
    private long last;
    private boolean started;

    /**
     * @param bytesPerSecond 0 for no limit
     */
    public ReadRate(long bytesPerSecond) {
        if (bytesPerSecond < 0) {
            throw new IllegalArgumentException("a read rate of " + bytesPerSecond + " bytes per second");
        }
        this.bytesPerNano = bytesPerSecond / 1e9;
        this.burst = bytesPerSecond * BURST_SECONDS;
        this.available = burst;
    }

    /**
     * Takes bytes out of the bucket, which may go below zero.
     *
     * @param now by {@link System#nanoTime}
     * @return nanoseconds to wait before reading them
     */
    public synchronized long take(long bytes, long now) {
        if (bytesPerNano == 0) {
            return 0;
        }
        if (started) {
            available = Math.min(burst, available + (now - last) * bytesPerNano);
        }
        started = true;
        last = now;
        available -= bytes;
        return available >= 0 ? 0 : (long) Math.ceil(-available / bytesPerNano);
    }
}
