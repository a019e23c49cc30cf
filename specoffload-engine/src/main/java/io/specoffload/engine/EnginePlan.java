package io.specoffload.engine;

import io.specoffload.plan.PlanReport;
import io.specoffload.plan.RoundForecast;
import org.jspecify.annotations.Nullable;

/**
 * What was planned before the models were loaded.
 *
 * @param report what was chosen, why, and what is expected of it
 * @param config the configuration with the values that were chosen
 * @param memory the division of main memory under that configuration
 * @param forecast what rounds begin with; null without a draft model
 * @param searchSeconds time that the search took
 */
public record EnginePlan(
        PlanReport report,
        EngineConfig config,
        MemoryPlan memory,
        @Nullable RoundForecast forecast,
        double searchSeconds) {

    /** Whether the draft model is loaded: not where there is none, nor where the plan gives its memory to the target. */
    public boolean loadsDraftModel() {
        return config.draftModel() != null && config.candidates() > 0;
    }
}
