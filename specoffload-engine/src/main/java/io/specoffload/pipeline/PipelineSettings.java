package io.specoffload.pipeline;

import org.jspecify.annotations.Nullable;

/**
 * How the pipeline runs.
 *
 * @param slots sequences that run at once, over all groups
 * @param queueCapacity sequences that may wait
 * @param candidates most candidates drafted per sequence and round
 * @param adaptive whether fewer candidates, or none, are drafted where that promises more tokens per second
 * @param prefillChunk most prompt rows per round over all sequences; bounds how long prefill may delay decoding
 * @param groups groups of slots in rotation
 * @param limits that measured rounds must keep to
 */
public record PipelineSettings(
        int slots,
        int queueCapacity,
        int candidates,
        boolean adaptive,
        int prefillChunk,
        Groups groups,
        Limits limits) {

    /**
     * What rounds must keep to, by measured costs; null for no limit.
     *
     * @param mostPauseSeconds how much longer a round may take for the prompts that ride along: fewer of their rows do then
     * @param mostSecondsPerToken how long a sequence may wait for a token: fewer slots are taken then
     */
    public record Limits(
            @Nullable Double mostPauseSeconds, @Nullable Double mostSecondsPerToken) {

        /** None. */
        public static final Limits NONE = new Limits(null, null);
    }

    /** Without limits. */
    public PipelineSettings(
            int slots, int queueCapacity, int candidates, boolean adaptive, int prefillChunk, Groups groups) {
        this(slots, queueCapacity, candidates, adaptive, prefillChunk, groups, Limits.NONE);
    }

    /** Number of groups. */
    public enum Groups {
        /** Chosen by measured costs, starting with one. */
        AUTO,
        /** All sequences are verified in every sweep; drafting lies between sweeps. */
        ONE,
        /** One group is verified while the other is drafted for. */
        TWO
    }

    /** One group, and always as many candidates as given. */
    public PipelineSettings(int slots, int queueCapacity, int candidates, int prefillChunk) {
        this(slots, queueCapacity, candidates, false, prefillChunk, Groups.ONE);
    }

    public PipelineSettings withGroups(Groups value) {
        return new PipelineSettings(slots, queueCapacity, candidates, adaptive, prefillChunk, value, limits);
    }

    public PipelineSettings withAdaptive(boolean value) {
        return new PipelineSettings(slots, queueCapacity, candidates, value, prefillChunk, groups, limits);
    }

    public PipelineSettings withLimits(Limits value) {
        return new PipelineSettings(slots, queueCapacity, candidates, adaptive, prefillChunk, groups, value);
    }
}
