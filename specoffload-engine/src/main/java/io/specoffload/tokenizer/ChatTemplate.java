package io.specoffload.tokenizer;

import io.specoffload.format.Metadata;
import java.util.List;
import java.util.Map;

/** TEMP. */
public final class ChatTemplate {
    public static ChatTemplate from(Metadata metadata, Vocabulary vocabulary) {
        return new ChatTemplate();
    }

    public String render(
            List<ChatMessage> messages, List<ToolDefinition> tools, boolean gen, Map<String, Object> vars) {
        StringBuilder s = new StringBuilder();
        for (ChatMessage m : messages) {
            s.append(m.role()).append(": ").append(m.content()).append("\n");
        }
        return s.append("assistant: ").toString();
    }
}
