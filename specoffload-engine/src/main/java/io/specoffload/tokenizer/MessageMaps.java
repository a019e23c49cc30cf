package io.specoffload.tokenizer;

import io.specoffload.tokenizer.TemplateCapabilities.CallShape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Messages and tools as the maps that templates read, in the shape of OpenAI's API. */
final class MessageMaps {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private MessageMaps() {}

    static List<Map<String, @Nullable Object>> messages(List<ChatMessage> messages, CallShape shape) {
        List<Map<String, @Nullable Object>> result = new ArrayList<>();
        for (ChatMessage message : messages) {
            Map<String, @Nullable Object> map = new LinkedHashMap<>();
            map.put("role", message.role());
            boolean calls = !message.toolCalls().isEmpty();
            map.put("content", calls && shape.nullContent() && message.content().isEmpty() ? null : message.content());
            if (calls) {
                map.put(
                        "tool_calls",
                        message.toolCalls().stream()
                                .map(call -> call(call, shape))
                                .toList());
            }
            if (message.toolCallId() != null) {
                map.put("tool_call_id", message.toolCallId());
            }
            if (message.name() != null) {
                map.put("name", message.name());
            }
            result.add(map);
        }
        return result;
    }

    private static Map<String, Object> call(ToolCall call, CallShape shape) {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", call.name());
        function.put("arguments", shape.textArguments() ? call.arguments() : object(call.arguments()));
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("id", call.id());
        map.put("type", "function");
        map.put("function", function);
        return map;
    }

    static List<Map<String, Object>> tools(List<ToolDefinition> tools) {
        return tools.stream().map(MessageMaps::tool).toList();
    }

    private static Map<String, Object> tool(ToolDefinition tool) {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", tool.name());
        function.put("description", tool.description());
        Object parameters = object(tool.parameters());
        if (!(parameters instanceof Map)) {
            throw new IllegalArgumentException(
                    "tool " + tool.name() + ": its parameters are not a JSON schema: " + tool.parameters());
        }
        function.put("parameters", parameters);
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("type", "function");
        map.put("function", function);
        return map;
    }

    /** A JSON object as a map; an empty text is an empty object, and what is no object stays the text it is. */
    private static Object object(String json) {
        if (json.isBlank()) {
            return Map.of();
        }
        try {
            Object value = JSON.readValue(json, Object.class);
            return value instanceof Map ? value : json;
        } catch (JacksonException e) {
            return json;
        }
    }

    /** A value as JSON text. */
    static String json(Object value) {
        return JSON.writeValueAsString(value);
    }
}
