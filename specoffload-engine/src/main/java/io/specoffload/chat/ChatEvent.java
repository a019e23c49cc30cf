package io.specoffload.chat;

import io.specoffload.tokenizer.ToolCall;

/** TEMP. */
public sealed interface ChatEvent {
    record Text(String text) implements ChatEvent {}

    record Reasoning(String text) implements ChatEvent {}

    record Call(ToolCall call) implements ChatEvent {}
}
