package io.specoffload.pipeline;

import io.specoffload.plan.PolicyChooser;
import io.specoffload.plan.RoundRates;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Decides how many slots may be taken, where there is a limit on the time between two tokens of a sequence: the most that
 * keep to it by measured costs. Those that run stay; fewer enter. Looked at again after some rounds only, and grows when
 * one slot more promises to keep a tenth below the limit.
 */
final class SlotPolicy {

    private static final int ROUNDS_BETWEEN = 12;
    private static final double GROWTH_MARGIN = 0.9;

    private final int slots;
    private final @Nullable Double limit;
    private int active;
    private int untilNext = ROUNDS_BETWEEN;
    private String explanation = "";

    /** @param limit seconds per token of a sequence; null for none: every slot may be taken */
    SlotPolicy(int slots, @Nullable Double limit) {
        this.slots = slots;
        this.limit = limit;
        this.active = slots;
    }

    /** Slots that may be taken. */
    int active() {
        return active;
    }

    /** The figures behind the latest change. */
    String explanation() {
        return explanation;
    }

    /**
     * Called once per round; the slots that may be taken.
     *
     * @param sequences in flight: more slots are not judged by what was not measured
     * @param measured whether costs are known
     */
    int decide(int sequences, int groups, int candidates, RoundRates rates, boolean measured) {
        if (limit == null || !measured || --untilNext > 0) {
            return active;
        }
        untilNext = ROUNDS_BETWEEN;
        int before = active;
        int running = Math.max(1, sequences);
        if (secondsPerToken(running, groups, candidates, rates) > limit) {
            active = Math.min(active, running);
            while (active > 1 && secondsPerToken(active, groups, candidates, rates) > limit) {
                active--;
            }
        } else if (active < slots
                && running >= active
                && secondsPerToken(active + 1, groups, candidates, rates) <= GROWTH_MARGIN * limit) {
            active++;
        }
        if (active != before) {
            explanation = String.format(
                    Locale.ROOT,
                    "%d sequences wait %.3g s for a token, %d would %.3g s; %.3g s are allowed",
                    running,
                    secondsPerToken(running, groups, candidates, rates),
                    active,
                    secondsPerToken(active, groups, candidates, rates),
                    limit);
        }
        return active;
    }

    private static double secondsPerToken(int sequences, int groups, int candidates, RoundRates rates) {
        int used = Math.min(groups, sequences);
        return PolicyChooser.predict(used, candidates, sequences, rates).roundSeconds()
                * used
                / rates.expectedTokens(candidates);
    }
}
