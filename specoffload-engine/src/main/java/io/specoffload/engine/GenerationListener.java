package io.specoffload.engine;

import io.specoffload.tokenizer.ToolCall;

/**
 * Hears of one generation as it proceeds: any number of text, reasoning and tool-call events, then exactly one of
 * {@link #onComplete} and {@link #onError}. Calls come one at a time, in order, on a virtual thread of the engine; a
 * listener that is slow or throws holds up nobody else (a throwing one is cancelled).
 */
public interface GenerationListener {

    /** A piece of the answer's text, never empty, never half a character nor part of a stop text. */
    default void onText(String text) {}

    /** A piece of the model's reasoning, where it marks it. */
    default void onReasoning(String text) {}

    /** A complete tool call. */
    default void onToolCall(ToolCall call) {}

    /** The end, cancellation included ({@link GenerationResult#finishReason}). */
    default void onComplete(GenerationResult result) {}

    /** The engine failed; nothing follows. */
    default void onError(Throwable failure) {}
}
