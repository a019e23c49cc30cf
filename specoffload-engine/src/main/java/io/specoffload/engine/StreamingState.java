package io.specoffload.engine;

import io.specoffload.telemetry.ExpertGuesses;
import io.specoffload.telemetry.StreamMonitor;
import io.specoffload.telemetry.SweepStatistics;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a target's weights stream, to be shown.
 *
 * @param bytesPerSweep of weights
 * @param stagingBytes that may be read ahead
 * @param readBytes of weights so far
 * @param binding what limits the latest passes, {@code disk} or {@code compute}
 * @param lastSweep the latest pass
 * @param guesses of experts; null where none was made
 */
public record StreamingState(
        long bytesPerSweep,
        long stagingBytes,
        long readBytes,
        String binding,
        SweepStatistics lastSweep,
        @Nullable Guesses guesses) {

    /** Of an engine as it is now; none where all weights are in memory. */
    public static Optional<StreamingState> of(InferenceEngine engine) {
        return engine.streaming().map(StreamingState::of);
    }

    private static StreamingState of(StreamMonitor monitor) {
        ExpertGuesses guesses = monitor.guesses();
        return new StreamingState(
                monitor.bytesPerSweep(),
                monitor.readAheadBytes(),
                monitor.counters().usefulBytes(),
                monitor.bindingResource(),
                monitor.lastSweep(),
                guesses.rows() == 0 ? null : Guesses.of(guesses));
    }

    /**
     * Whether experts are guessed and read before a router has chosen them, and why.
     *
     * @param on whether passes guess
     * @param trial whether the latest one did the opposite, for comparison
     * @param rightShare share of guesses that the router then chose, of late; null before any
     * @param passSecondsWith expected time of a pass with guesses; null before any was measured
     * @param passSecondsWithout the same without guesses
     * @param reason in words
     */
    public record Guesses(
            boolean on,
            boolean trial,
            @Nullable Double rightShare,
            @Nullable Double passSecondsWith,
            @Nullable Double passSecondsWithout,
            String reason) {

        static Guesses of(ExpertGuesses guesses) {
            return new Guesses(
                    guesses.on(),
                    guesses.trial(),
                    known(guesses.rightShare()),
                    known(guesses.secondsWith()),
                    known(guesses.secondsWithout()),
                    guesses.reason());
        }

        private static @Nullable Double known(double value) {
            return Double.isFinite(value) ? (Double) value : null;
        }
    }
}
