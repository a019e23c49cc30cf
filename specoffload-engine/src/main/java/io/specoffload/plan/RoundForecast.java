package io.specoffload.plan;

import java.util.function.IntToDoubleFunction;

/**
 * What a plan expects of rounds. A pipeline begins with it: it says how costs depend on the number of rows, which takes many rounds to measure, while
 * how fast the machine is at the moment shows in every round.
 *
 * @param candidates per sequence that promise most
 * @param acceptance probability that a candidate stands if those before it do
 * @param passSeconds computing time of a pass of the target, by its rows, 1 and more
 * @param draftStepSeconds time to draft one candidate for each of some sequences, by their number, 1 and more
 */
public record RoundForecast(
        int candidates, double acceptance, IntToDoubleFunction passSeconds, IntToDoubleFunction draftStepSeconds) {}
