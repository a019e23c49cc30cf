package io.specoffload.pipeline;

/**
 * A change of plan while the pipeline runs.
 *
 * @param round before which it was made
 * @param what was changed: groups, candidates, prompt rows, active slots
 * @param from value before
 * @param to value after
 * @param reason the figures behind it, in words
 */
public record PlanChange(long round, String what, int from, int to, String reason) {}
