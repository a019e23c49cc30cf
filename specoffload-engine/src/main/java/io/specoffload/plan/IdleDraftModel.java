package io.specoffload.plan;

import java.util.List;
import java.util.Optional;

/**
 * Whether a draft model only takes memory. Where experts stream, each candidate reads more of them, so that none may pay,
 * and what the draft model takes would hold more of the target. A pipeline can stop drafting by itself, but a draft model
 * that was not loaded cannot show that it would pay after all. So this is to be asked only where the acceptance is known, and
 * it is left out only where it promises nothing for fewer sequences either.
 */
public final class IdleDraftModel {

    /** Below that it is not worth an engine that can no longer draft. */
    private static final double LEAST_GAIN = 1.02;

    private final Planner with;
    private final Planner without;

    /**
     * @param with plans with the draft model in memory
     * @param without plans with that memory given to the target
     */
    public IdleDraftModel(Planner with, Planner without) {
        this.with = with;
        this.without = without;
    }

    /** Whether a plan loads the draft model for nothing: weights stream, and no candidates are drafted. */
    public static boolean unused(Prediction best) {
        return best.streams() && best.setting().candidates() == 0;
    }

    /**
     * Whether the draft model had better not be loaded.
     *
     * @param kept the best plan with the draft model in memory
     * @param leftOut the best plan without it
     * @param space settings with candidates
     */
    public boolean idle(PlanReport kept, PlanReport leftOut, SearchSpace space) {
        Setting setting = kept.best().setting();
        if (!unused(kept.best())
                || leftOut.best().tokensPerSecond() < LEAST_GAIN * kept.best().tokensPerSecond()) {
            return false;
        }
        for (int sequences = 1; sequences < 2 * setting.slots(); sequences *= 2) {
            int load = Math.min(sequences, setting.slots());
            Demand demand = kept.demand().withLoad(load);
            double drafting = tokensPerSecond(with, like(setting, load, space.candidates(), space.groups()), demand);
            double plain = tokensPerSecond(without, like(setting, load, List.of(0), space.groups()), demand);
            if (drafting > plain) {
                return false;
            }
        }
        return true;
    }

    /** Why the plan with the draft model lost. */
    public static PlanReport.RunnerUp reason(PlanReport kept, PlanReport leftOut) {
        return new PlanReport.RunnerUp(
                kept.best(),
                Planner.comparison(
                        "the draft model in memory, though it promises nothing", leftOut.best(), kept.best()));
    }

    private static SearchSpace like(Setting setting, int load, List<Integer> candidates, List<Integer> groups) {
        return new SearchSpace(
                List.of(load),
                groups,
                candidates,
                List.of(setting.stagingBytes()),
                List.of(setting.prefillChunk()),
                List.of(setting.kvType()),
                1);
    }

    private static double tokensPerSecond(Planner planner, SearchSpace space, Demand demand) {
        Optional<PlanReport> report = planner.plan(space, demand);
        return report.map(found -> found.best().tokensPerSecond()).orElse(0.0);
    }
}
