package io.specoffload.execution;

/** When streamed weights are read. */
public enum ReadAhead {
    /** As long as a staging buffer is free, also while somebody drafts between two passes. */
    ALWAYS,
    /** Only while a pass runs: between passes, reads under way end and no others begin. For comparisons. */
    DURING_PASSES
}
