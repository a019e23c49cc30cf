package io.specoffload.pipeline;

/**
 * How the pipeline runs.
 *
 * @param slots sequences that run at once, over all groups
 * @param queueCapacity sequences that may wait
 * @param candidates most candidates drafted per sequence and round
 * @param adaptive whether fewer candidates, or none, are drafted where that promises more tokens per second
 * @param prefillChunk prompt rows per round over all sequences; bounds how long prefill may delay decoding
 * @param groups groups of slots in rotation
 */
public record PipelineSettings(
        int slots, int queueCapacity, int candidates, boolean adaptive, int prefillChunk, Groups groups) {

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
        return new PipelineSettings(slots, queueCapacity, candidates, adaptive, prefillChunk, value);
    }

    public PipelineSettings withAdaptive(boolean value) {
        return new PipelineSettings(slots, queueCapacity, candidates, value, prefillChunk, groups);
    }
}
