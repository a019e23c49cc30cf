package io.specoffload.telemetry;

/**
 * One lane's busy time in a round.
 *
 * @param start reading of the clock at its beginning, in nanoseconds
 * @param end reading at its end; equal to {@code start} for a lane that had nothing to do
 */
public record LaneSpan(long start, long end) {

    public static final LaneSpan NONE = new LaneSpan(0, 0);

    public boolean isEmpty() {
        return start == end;
    }

    public double seconds() {
        return (end - start) * 1e-9;
    }
}
