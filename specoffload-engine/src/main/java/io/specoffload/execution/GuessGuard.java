package io.specoffload.execution;

import io.specoffload.telemetry.ExpertGuesses;
import io.specoffload.telemetry.ExpertGuessesEvent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets experts be guessed as long as that pays. A wrong guess costs the link the time to read it and the cache an expert
 * that may be needed; on a link that has nothing else to do it costs nothing. How much of that matters is measured, not
 * modelled: where passes wait, and reads in vain take a noticeable share of their time, a few passes run without guesses,
 * and the way that waits less stays. (What right guesses save cannot be told from their number: on a full link they delay
 * other reads.) The other way is tried again, less and less often as long as the outcome is the same.
 *
 * <p>Passes are compared with others of about as many rows. Used by the computing thread; the state may be read by any.
 */
final class GuessGuard {

    private static final Logger log = LoggerFactory.getLogger(GuessGuard.class);

    /** Share of a pass's time below which nothing is worth a change. */
    private static final double MARGIN = 0.02;

    /** Passes after a change that wait for what was read in the other way. */
    private static final int SETTLING = 2;

    /** Passes of a comparison. */
    private static final int LEAST = 4;

    private static final int MOST = 12;

    /** Passes with a cache that is still filling. */
    private static final int FILLING = 4;

    /** Passes between comparisons. */
    private static final int FIRST = 16;

    private static final int LONGEST = 256;

    /** A difference that is no matter of chance. */
    private static final double CLEAR = 0.1;

    /** Guesses that became so much worse are a reason to compare soon. */
    private static final double WORSE = 0.1;

    /** Weight of the latest pass, once there are more than a few. */
    private static final double RECENT = 1.0 / 16;

    private final List<@Nullable Rows> byRows = new ArrayList<>(Collections.nCopies(Integer.SIZE, null));
    private volatile ExpertGuesses state = ExpertGuesses.NONE;

    /**
     * What a pass did that read experts on demand.
     *
     * @param rows at least 1
     * @param needed experts that its routers chose, over all layers
     * @param seconds of all of it
     * @param waited of these, for weights
     * @param inVain seconds that the link took for experts that were guessed and gave way unused
     * @param guesses experts that were guessed
     * @param right of them, those that were chosen
     */
    record Pass(int rows, long needed, double seconds, double waited, double inVain, long guesses, long right) {}

    /** Whether the next pass, of so many rows, is to guess. */
    boolean guesses(int rows) {
        return of(rows).guesses();
    }

    /** Learns from a pass that did as {@link #guesses} had said. */
    void learn(Pass pass) {
        if (pass.needed() == 0) {
            return;
        }
        Rows rows = of(pass.rows());
        boolean on = rows.on;
        boolean trial = rows.trial;
        rows.learn(pass);
        state = rows.describe(pass.rows());
        if (rows.on != on || rows.trial != trial) {
            announce(state);
        }
    }

    /** What passes like the latest one do, and why. */
    ExpertGuesses state() {
        return state;
    }

    private static void announce(ExpertGuesses now) {
        log.debug("{}", now);
        ExpertGuessesEvent event = new ExpertGuessesEvent();
        if (event.shouldCommit()) {
            event.rows = now.rows();
            event.on = now.on();
            event.trial = now.trial();
            event.rightShare = now.rightShare();
            event.secondsWith = now.secondsWith();
            event.secondsWithout = now.secondsWithout();
            event.reason = now.reason();
            event.commit();
        }
    }

    private Rows of(int rows) {
        int index = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(Math.max(1, rows));
        Rows known = byRows.get(index);
        if (known == null) {
            known = new Rows();
            byRows.set(index, known);
        }
        return known;
    }

    /** Mean of the latest values, and how well it is known. */
    private static final class Recent {
        private int count;
        private double mean;
        private double variance;

        void add(double value) {
            double weight = Math.max(1.0 / ++count, RECENT);
            double off = value - mean;
            mean += weight * off;
            variance = (1 - weight) * (variance + weight * off * off);
        }

        double errorSquared() {
            return variance * Math.max(1.0 / Math.max(1, count), RECENT);
        }

        void forget() {
            count = 0;
            mean = 0;
            variance = 0;
        }
    }

    /** Passes of about as many rows: at least a power of two, and less than the next. */
    private static final class Rows {
        /** Seconds per expert that is needed. */
        private final Recent with = new Recent();

        private final Recent without = new Recent();
        private final Recent computing = new Recent();
        private final Recent inVain = new Recent();
        private final Recent needed = new Recent();
        private final Recent right = new Recent();

        private boolean on = true;
        private boolean trial;
        private int settling = FILLING;
        private int left = FIRST / 2;
        private int interval = FIRST;
        private double rightBefore;
        private String reason = "not compared yet";

        boolean guesses() {
            return on != trial;
        }

        void learn(Pass pass) {
            boolean guessed = guesses();
            needed.add((double) pass.needed());
            computing.add((pass.seconds() - pass.waited()) / pass.needed());
            if (pass.guesses() > 0) {
                right.add((double) pass.right() / pass.guesses());
            }
            if (settling > 0) {
                settling--;
                return;
            }
            (guessed ? with : without).add(pass.waited() / pass.needed());
            if (guessed) {
                inVain.add(pass.inVain() / pass.needed());
            }
            if (trial) {
                compare();
            } else {
                consider();
            }
        }

        /** Seconds per needed expert of a pass as it is without trial. */
        private double time() {
            return computing.mean + current().mean;
        }

        private Recent current() {
            return on ? with : without;
        }

        private Recent other() {
            return on ? without : with;
        }

        /** Whether to compare. */
        private void consider() {
            if (on && right.count > 0 && right.mean < rightBefore - WORSE) {
                left = Math.min(left, FIRST);
                rightBefore = right.mean;
            }
            if (--left > 0) {
                return;
            }
            if (current().mean < MARGIN * time()) {
                reason = "passes hardly wait for weights";
            } else if (on && inVain.mean < MARGIN * time()) {
                reason = "hardly any guess is read in vain";
            } else {
                reason = on ? "trying without" : "trying again";
                trial = true;
                settling = SETTLING;
                other().forget();
            }
        }

        private void compare() {
            int count = other().count;
            if (count < LEAST) {
                return;
            }
            double saving = (current().mean - other().mean) / time();
            double error = Math.sqrt(current().errorSquared() + other().errorSquared()) / time();
            double doubt = count < MOST ? 2 * error : error;
            if (saving > MARGIN + doubt) {
                on = !on;
                interval = FIRST;
                end(saving);
            } else if (count >= MOST || saving < MARGIN - doubt) {
                settling = SETTLING;
                // where there is no difference, comparing costs nothing
                int growth = -saving < MARGIN ? 1 : -saving < CLEAR ? 2 : 4;
                interval = Math.min(growth * interval, LONGEST);
                end(-saving);
            }
        }

        private void end(double saving) {
            trial = false;
            left = interval;
            rightBefore = right.mean;
            reason = String.format(
                    Locale.ROOT,
                    "%s with%s guesses, of which %.0f%% were right; compared again after %d passes",
                    saving < MARGIN ? "no slower than" : String.format(Locale.ROOT, "%.0f%% faster than", 100 * saving),
                    on ? "out" : "",
                    100 * right.mean,
                    interval);
        }

        private double seconds(Recent waits) {
            return waits.count == 0 ? Double.NaN : needed.mean * (computing.mean + waits.mean);
        }

        ExpertGuesses describe(int rows) {
            return new ExpertGuesses(
                    rows,
                    on,
                    trial,
                    right.count == 0 ? Double.NaN : right.mean,
                    seconds(with),
                    seconds(without),
                    reason);
        }
    }
}
