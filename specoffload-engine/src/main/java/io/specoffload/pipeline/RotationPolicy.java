package io.specoffload.pipeline;

import io.specoffload.plan.PolicyChooser;
import io.specoffload.plan.PolicyChooser.Choice;
import io.specoffload.plan.RoundRates;
import java.util.Locale;

/**
 * Decides between one group and two, at round boundaries, from measured costs. The other number must promise 5% more;
 * after a change the new one is measured for a while before the next decision.
 */
final class RotationPolicy {

    private static final double MARGIN = 1.05;
    private static final int ROUNDS_BETWEEN = 12;

    private final PipelineSettings settings;
    private int groups;
    private int untilNext = ROUNDS_BETWEEN;
    private String explanation = "";

    RotationPolicy(PipelineSettings settings) {
        this.settings = settings;
        this.groups = settings.groups() == PipelineSettings.Groups.TWO ? 2 : 1;
    }

    int groups() {
        return groups;
    }

    /** The figures behind the latest change. */
    String explanation() {
        return explanation;
    }

    /**
     * Called once per round.
     *
     * @param sequences in flight
     * @param candidates the count in use, where it is not chosen by cost
     * @param settled whether enough was measured
     */
    int decide(int sequences, int candidates, RoundRates rates, boolean settled) {
        if (settings.groups() != PipelineSettings.Groups.AUTO || !settled || sequences < 2 || --untilNext > 0) {
            return groups;
        }
        untilNext = ROUNDS_BETWEEN;
        Choice here = promise(groups, sequences, candidates, rates);
        Choice there = promise(3 - groups, sequences, candidates, rates);
        if (there.tokensPerSecond() > MARGIN * here.tokensPerSecond()) {
            explanation = String.format(
                    Locale.ROOT,
                    "%d promise %.3g tokens/s, %d promise %.3g",
                    3 - groups,
                    there.tokensPerSecond(),
                    groups,
                    here.tokensPerSecond());
            groups = 3 - groups;
        }
        return groups;
    }

    private Choice promise(int count, int sequences, int candidates, RoundRates rates) {
        return settings.adaptive()
                ? PolicyChooser.bestCandidates(count, settings.candidates(), sequences, rates)
                : PolicyChooser.predict(count, candidates, sequences, rates);
    }
}
