package io.specoffload.pipeline;

import java.util.Locale;

/** Why a sequence ended. */
public enum FinishReason {
    /** An end-of-generation token or a stop string. */
    STOP,
    /** The token limit or the context's end. */
    LENGTH,
    /** The caller cancelled, or the deadline passed. */
    CANCELLED,
    /** The engine failed. */
    ERROR;

    /** The name in JSON output: lower case. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
