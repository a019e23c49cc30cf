package io.specoffload.telemetry;

/** What computing waited for. */
public enum StallCause {
    /** The next layer's weights were still being read. */
    LAYER_WEIGHTS,
    /** An expert that the router chose was not in memory. */
    EXPERT_WEIGHTS,
    /** Rows of the embedding that are read as needed. */
    EMBEDDING_ROWS,
    /** The output head's weights were still being read. */
    OUTPUT_HEAD
}
