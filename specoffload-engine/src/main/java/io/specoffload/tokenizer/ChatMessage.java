package io.specoffload.tokenizer;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One message of a conversation, as chat templates see it.
 *
 * @param role {@code system}, {@code user}, {@code assistant} or {@code tool}
 * @param content the text; may be empty beside tool calls
 * @param toolCalls an assistant's tool calls, in order
 * @param toolCallId for role {@code tool}: the call that this answers
 * @param name for role {@code tool}: the tool's name
 */
public record ChatMessage(
        String role,
        String content,
        List<ToolCall> toolCalls,
        @Nullable String toolCallId,
        @Nullable String name) {

    public ChatMessage {
        toolCalls = List.copyOf(toolCalls);
    }

    public ChatMessage(String role, String content) {
        this(role, content, List.of(), null, null);
    }

    public static ChatMessage system(String content) {
        return new ChatMessage("system", content);
    }

    public static ChatMessage user(String content) {
        return new ChatMessage("user", content);
    }

    public static ChatMessage assistant(String content, List<ToolCall> toolCalls) {
        return new ChatMessage("assistant", content, toolCalls, null, null);
    }

    public static ChatMessage tool(String toolCallId, String name, String content) {
        return new ChatMessage("tool", content, List.of(), toolCallId, name);
    }
}
