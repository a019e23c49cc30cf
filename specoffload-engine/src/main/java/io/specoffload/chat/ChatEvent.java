package io.specoffload.chat;

import io.specoffload.tokenizer.ToolCall;

/** A part of an answer. Text and reasoning come in pieces, a tool call as a whole. */
public sealed interface ChatEvent {

    /** A piece of what the user reads; never empty. */
    record Text(String text) implements ChatEvent {}

    /** A piece of what the model thinks before it answers; never empty. */
    record Reasoning(String text) implements ChatEvent {}

    /** A request to call a tool; its arguments are a JSON object. */
    record Call(ToolCall call) implements ChatEvent {}
}
