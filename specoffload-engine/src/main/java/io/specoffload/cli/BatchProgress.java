package io.specoffload.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/** How far a batch is: a line on a terminal that is written over, at most a few times per second; else nothing. */
final class BatchProgress {

    private static final long INTERVAL_NANOS = 250_000_000;

    private final PrintWriter out;
    private final boolean visible;
    private final int total;
    private final int resumed;
    private final long start;
    private long shown;

    /**
     * @param visible whether somebody watches
     * @param total requests of the batch
     * @param resumed those that had their result before
     * @param now reading of {@link System#nanoTime}
     */
    BatchProgress(PrintWriter out, boolean visible, int total, int resumed, long now) {
        this.out = out;
        this.visible = visible;
        this.total = total;
        this.resumed = resumed;
        this.start = now;
        this.shown = now - INTERVAL_NANOS;
    }

    /**
     * @param finished requests that have their result, those of earlier runs included
     * @param tokens new tokens of this run
     */
    void update(int finished, long tokens, long now) {
        if (visible && (now - shown >= INTERVAL_NANOS || finished == total)) {
            shown = now;
            out.print("\r" + describe(finished, tokens, now) + "\u001b[K");
            out.flush();
        }
    }

    String describe(int finished, long tokens, long now) {
        double seconds = (now - start) / 1e9;
        int own = finished - resumed;
        String eta = own == 0 ? "?" : clock(Duration.ofMillis(Math.round(1000 * seconds / own * (total - finished))));
        return String.format(
                Locale.ROOT,
                "%d of %d (%d%%), %.1f tokens/s, %s left",
                finished,
                total,
                total == 0 ? 100 : 100L * finished / total,
                seconds > 0 ? tokens / seconds : 0,
                eta);
    }

    private static String clock(Duration duration) {
        return String.format(
                Locale.ROOT, "%d:%02d:%02d", duration.toHours(), duration.toMinutesPart(), duration.toSecondsPart());
    }

    void end() {
        if (visible) {
            out.println();
            out.flush();
        }
    }
}
