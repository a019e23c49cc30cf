package io.specoffload.telemetry;

import java.util.Locale;

/**
 * Whether experts are guessed and read before a router has chosen them, and why. Figures are of passes of about as many
 * rows as the latest one that read experts as needed.
 *
 * @param rows of that pass; 0 if there was none yet
 * @param on whether such passes guess
 * @param trial whether that pass did the opposite, for comparison
 * @param rightShare share of guessed experts that the router then chose, of late; NaN before any guess
 * @param secondsWith expected time of a pass with guesses; NaN before any was measured
 * @param secondsWithout the same without guesses
 * @param reason in words
 */
public record ExpertGuesses(
        int rows,
        boolean on,
        boolean trial,
        double rightShare,
        double secondsWith,
        double secondsWithout,
        String reason) {

    /** Before the first pass that could have guessed. */
    public static final ExpertGuesses NONE =
            new ExpertGuesses(0, false, false, Double.NaN, Double.NaN, Double.NaN, "nothing to guess yet");

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "passes of about %d rows %s experts%s: %s",
                rows,
                on ? "guess" : "do not guess",
                trial ? " (this one did the opposite)" : "",
                reason);
    }
}
