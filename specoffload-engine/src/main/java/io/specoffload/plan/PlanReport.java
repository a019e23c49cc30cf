package io.specoffload.plan;

import java.util.List;
import java.util.stream.Stream;

/**
 * The outcome of a search.
 *
 * @param demand what was asked
 * @param best the setting to run, and what is expected of it
 * @param runnersUp the best of those that differ from it in one respect, best first, and why they lost
 * @param settings that there are to choose from
 * @param tried predictions that were made; the other settings cannot be better
 * @param tooLarge of those predictions, the ones of settings that do not fit into memory
 */
public record PlanReport(
        Demand demand, Prediction best, List<RunnerUp> runnersUp, int settings, int tried, int tooLarge) {

    public PlanReport {
        runnersUp = List.copyOf(runnersUp);
    }

    /** The same with a further runner-up in front of the others. */
    public PlanReport withRunnerUp(RunnerUp other) {
        List<RunnerUp> all = Stream.concat(Stream.of(other), runnersUp.stream()).toList();
        return new PlanReport(demand, best, all, settings, tried, tooLarge);
    }

    /**
     * A setting that was not chosen.
     *
     * @param prediction what is expected of it
     * @param reason why it lost, in words
     */
    public record RunnerUp(Prediction prediction, String reason) {}
}
