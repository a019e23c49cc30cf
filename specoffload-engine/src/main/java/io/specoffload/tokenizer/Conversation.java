package io.specoffload.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/** A conversation, and the ways to say it with less means. */
record Conversation(List<ChatMessage> messages, List<ToolDefinition> tools) {

    private static final String SEPARATOR = "\n\n";
    private static final int ID_LENGTH = 9;

    Conversation {
        messages = List.copyOf(messages);
        tools = List.copyOf(tools);
    }

    /** The conversation with nothing in it that the template cannot express. */
    Conversation adapted(TemplateCapabilities capabilities) {
        Conversation result = this;
        if (!tools.isEmpty() && !capabilities.tools()) {
            result = new Conversation(withSystem(result.messages, describe(tools)), List.of());
        }
        if (!capabilities.toolCalls()) {
            result = new Conversation(
                    result.messages.stream().map(Conversation::spelledOut).toList(), result.tools);
        } else if (!capabilities.parallelCalls()) {
            result = new Conversation(oneCallEach(result.messages), result.tools);
        }
        boolean inWords = !result.messages.equals(messages);
        if (!capabilities.system()) {
            result = new Conversation(withoutSystem(result.messages), result.tools);
        }
        return inWords && !capabilities.toolCalls() ? new Conversation(merged(result.messages), result.tools) : result;
    }

    /** User and assistant in turns: system messages go into user messages, neighbours of one role become one. */
    Conversation alternating() {
        return new Conversation(merged(withoutLaterSystem(oneCallEach(messages))), tools);
    }

    /** Tool call ids of nine letters and digits, as some templates demand; the same id stays the same. */
    Conversation withShortIds() {
        List<ChatMessage> result = new ArrayList<>();
        for (ChatMessage message : messages) {
            List<ToolCall> calls = message.toolCalls().stream()
                    .map(call -> new ToolCall(shortId(call.id()), call.name(), call.arguments()))
                    .toList();
            String answered = message.toolCallId();
            result.add(new ChatMessage(
                    message.role(),
                    message.content(),
                    calls,
                    answered == null ? null : shortId(answered),
                    message.name()));
        }
        return new Conversation(result, tools);
    }

    private static String shortId(String id) {
        if (id.length() == ID_LENGTH && id.chars().allMatch(Character::isLetterOrDigit)) {
            return id;
        }
        CRC32 hash = new CRC32();
        hash.update(id.getBytes(StandardCharsets.UTF_8));
        return "%09x".formatted(hash.getValue());
    }

    private static List<ChatMessage> withSystem(List<ChatMessage> messages, String addition) {
        List<ChatMessage> result = new ArrayList<>(messages);
        if (!result.isEmpty() && result.getFirst().role().equals("system")) {
            result.set(0, ChatMessage.system(result.getFirst().content() + SEPARATOR + addition));
        } else {
            result.addFirst(ChatMessage.system(addition));
        }
        return result;
    }

    /** System messages before the user's next words. */
    private static List<ChatMessage> withoutSystem(List<ChatMessage> messages) {
        List<ChatMessage> result = new ArrayList<>();
        StringBuilder system = new StringBuilder();
        for (ChatMessage message : messages) {
            if (message.role().equals("system")) {
                system.append(system.isEmpty() ? "" : SEPARATOR).append(message.content());
            } else if (message.role().equals("user") && !system.isEmpty()) {
                result.add(ChatMessage.user(
                        system.append(SEPARATOR).append(message.content()).toString()));
                system.setLength(0);
            } else {
                result.add(message);
            }
        }
        if (!system.isEmpty()) {
            result.add(ChatMessage.user(system.toString()));
        }
        return result;
    }

    private static List<ChatMessage> withoutLaterSystem(List<ChatMessage> messages) {
        if (messages.isEmpty() || !messages.getFirst().role().equals("system")) {
            return withoutSystem(messages);
        }
        List<ChatMessage> result = new ArrayList<>(withoutSystem(messages.subList(1, messages.size())));
        result.addFirst(messages.getFirst());
        return result;
    }

    private static List<ChatMessage> merged(List<ChatMessage> messages) {
        List<ChatMessage> result = new ArrayList<>();
        for (ChatMessage message : messages) {
            ChatMessage last = result.isEmpty() ? null : result.getLast();
            boolean same = last != null
                    && last.role().equals(message.role())
                    && !message.role().equals("tool")
                    && last.toolCalls().isEmpty()
                    && message.toolCalls().isEmpty();
            if (last != null && same) {
                result.set(
                        result.size() - 1,
                        new ChatMessage(message.role(), last.content() + SEPARATOR + message.content()));
            } else {
                result.add(message);
            }
        }
        return result;
    }

    /** Several calls of one message become several messages, each followed by its result. */
    private static List<ChatMessage> oneCallEach(List<ChatMessage> messages) {
        Map<String, ChatMessage> results = new HashMap<>();
        for (ChatMessage message : messages) {
            if (message.toolCallId() != null) {
                results.put(message.toolCallId(), message);
            }
        }
        List<ChatMessage> split = new ArrayList<>();
        List<ChatMessage> placed = new ArrayList<>();
        for (ChatMessage message : messages) {
            if (message.toolCalls().size() < 2) {
                if (!placed.contains(message)) {
                    split.add(message);
                }
                continue;
            }
            for (ToolCall call : message.toolCalls()) {
                boolean first = call.equals(message.toolCalls().getFirst());
                split.add(ChatMessage.assistant(first ? message.content() : "", List.of(call)));
                ChatMessage result = results.get(call.id());
                if (result != null) {
                    split.add(result);
                    placed.add(result);
                }
            }
        }
        return split;
    }

    /** A message with tool calls, or a tool's result, in plain words. */
    private static ChatMessage spelledOut(ChatMessage message) {
        if (message.role().equals("tool")) {
            return ChatMessage.user("<tool_response>\n" + message.content() + "\n</tool_response>");
        }
        if (message.toolCalls().isEmpty()) {
            return message;
        }
        StringBuilder text = new StringBuilder(message.content());
        for (ToolCall call : message.toolCalls()) {
            text.append(text.isEmpty() ? "" : "\n")
                    .append("<tool_call>\n{\"name\": ")
                    .append(MessageMaps.json(call.name()))
                    .append(", \"arguments\": ")
                    .append(call.arguments().isBlank() ? "{}" : call.arguments())
                    .append("}\n</tool_call>");
        }
        return new ChatMessage(message.role(), text.toString());
    }

    /** Tools in words, for a template that has no place for them. */
    private static String describe(List<ToolDefinition> tools) {
        StringBuilder text = new StringBuilder("You can call these functions:\n<tools>");
        MessageMaps.tools(tools).forEach(tool -> text.append('\n').append(MessageMaps.json(tool)));
        return text.append("\n</tools>\nTo call one, answer with nothing but its name and arguments in this form:\n")
                .append("<tool_call>\n{\"name\": \"NAME\", \"arguments\": {\"KEY\": \"VALUE\"}}\n</tool_call>")
                .toString();
    }
}
