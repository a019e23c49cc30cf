package io.specoffload.placement;

/**
 * The buffers through which weights stream: one is being used, the others are being read into or wait for their use.
 *
 * @param units number of buffers, at least 2
 * @param unitBytes size of one
 */
public record Staging(int units, long unitBytes) {

    /** Small enough to be used and read anew soon, large enough for few products and long reads. */
    private static final long LARGEST_UNIT = 4L << 20;

    /** Fewer buffers than these, and reading waits for whatever is being computed. */
    private static final int ENOUGH_UNITS = 8;

    public Staging {
        if (units < 2 || unitBytes < 0) {
            throw new IllegalArgumentException(units + " staging buffers of " + unitBytes + " bytes; needed are 2");
        }
    }

    /**
     * Divides memory into buffers.
     *
     * @param bytes of all; where that is too little for two buffers, they are as small as possible
     * @param leastUnitBytes that a buffer must hold, a multiple of the alignment
     * @param alignment of a buffer's size, a power of two
     */
    public static Staging of(long bytes, long leastUnitBytes, int alignment) {
        long unit = Math.max(leastUnitBytes, Math.min(LARGEST_UNIT, bytes / ENOUGH_UNITS) & -alignment);
        long units = unit == 0 ? 2 : bytes / unit;
        return new Staging(Math.toIntExact(Math.clamp(units, 2, Integer.MAX_VALUE)), unit);
    }

    /** Memory of all buffers. */
    public long bytes() {
        return units * unitBytes;
    }
}
