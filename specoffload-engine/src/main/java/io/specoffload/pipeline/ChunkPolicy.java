package io.specoffload.pipeline;

import io.specoffload.plan.PolicyChooser;
import io.specoffload.plan.RoundRates;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Chooses how many prompt rows ride along with a pass, from measured costs: as many as may be while nobody waits for
 * tokens, since more rows cost less each; beside sequences that decode, the most that lengthen a round by no more than is
 * allowed. It shrinks when the limit is passed, and grows when a larger size promises to keep a fifth below it. What is
 * known of larger sizes ages: now and then one is tried. Decides only: no clock, no thread.
 */
final class ChunkPolicy {

    /** Fewer rows would take a prompt forever; where even these take longer than allowed, they are taken all the same. */
    private static final int LEAST = 16;

    private static final double GROWTH_MARGIN = 0.8;
    private static final int FIRST_INTERVAL = 16;
    private static final int LONGEST_INTERVAL = 256;

    private final int most;
    private final @Nullable Double limit;
    private final List<Integer> sizes = new ArrayList<>();
    private final Consumer<Change> changed;
    private int current;
    private int interval = FIRST_INTERVAL;
    private int untilTrial = FIRST_INTERVAL;

    /** From one number of rows to another, and why. */
    record Change(int from, int to, String reason) {}

    /**
     * @param most rows that there is room for
     * @param limit seconds by which prompts may lengthen a round; null for always {@code most} rows
     * @param changed hears of changes
     */
    ChunkPolicy(int most, @Nullable Double limit, Consumer<Change> changed) {
        this.most = most;
        this.limit = limit;
        this.changed = changed;
        this.current = most;
        for (int size = LEAST; size < most; size *= 2) {
            sizes.add(size);
        }
        sizes.add(most);
    }

    /** Rows that are in use when nothing is tried. */
    int current() {
        return current;
    }

    /**
     * Rows for the next pass. Called for passes in which a prompt waits.
     *
     * @param decodeRows rows of the same pass that belong to sequences that decode
     * @param waits whether any sequence, of either group, waits for tokens meanwhile
     * @param groups in rotation
     * @param draftSeconds of drafting for one group
     * @param measured whether costs of passes are known
     */
    int rows(int decodeRows, boolean waits, int groups, double draftSeconds, RoundRates rates, boolean measured) {
        if (limit == null || !waits || sizes.size() == 1) {
            return most;
        }
        if (!measured) {
            return current;
        }
        Pauses pauses = new Pauses(decodeRows, groups, draftSeconds, rates);
        double pause = pauses.of(current);
        if (pause > limit) {
            use(pauses.largestWithin(limit), pauses, pause);
        } else {
            int larger = pauses.largestWithin(GROWTH_MARGIN * limit);
            if (larger > current) {
                use(larger, pauses, pause);
            }
        }
        return --untilTrial <= 0 && current < most ? trial() : current;
    }

    /** The next larger size, once: what it takes is measured then. */
    private int trial() {
        interval = Math.min(LONGEST_INTERVAL, 2 * interval);
        untilTrial = interval;
        return sizes.get(sizes.indexOf(current) + 1);
    }

    private void use(int rows, Pauses pauses, double pause) {
        if (rows == current) {
            return;
        }
        if (rows > current) {
            interval = FIRST_INTERVAL;
        }
        untilTrial = interval;
        changed.accept(new Change(
                current,
                rows,
                String.format(
                        Locale.ROOT,
                        "%d rows lengthen a round by %.3g s, %d by %.3g s; %.3g s are allowed",
                        current,
                        pause,
                        rows,
                        pauses.of(rows),
                        limit)));
        current = rows;
    }

    /** How much longer a round takes with so many prompt rows. */
    private final class Pauses {

        private final int decodeRows;
        private final int groups;
        private final double draftSeconds;
        private final RoundRates rates;
        private final double without;

        Pauses(int decodeRows, int groups, double draftSeconds, RoundRates rates) {
            this.decodeRows = decodeRows;
            this.groups = groups;
            this.draftSeconds = draftSeconds;
            this.rates = rates;
            // a group that has nothing but prompts would not be verified at all
            this.without = decodeRows == 0 ? 0 : seconds(0);
        }

        private double seconds(int rows) {
            return PolicyChooser.roundSeconds(groups, decodeRows + rows, draftSeconds, rates);
        }

        double of(int rows) {
            return seconds(rows) - without;
        }

        int largestWithin(double seconds) {
            int best = sizes.getFirst();
            for (int size : sizes) {
                if (of(size) <= seconds) {
                    best = size;
                }
            }
            return best;
        }
    }
}
