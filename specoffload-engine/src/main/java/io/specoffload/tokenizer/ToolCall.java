package io.specoffload.tokenizer;

/**
 * A model's request to call a tool.
 *
 * @param id unique within a conversation
 * @param name the tool's name
 * @param arguments a JSON object as text
 */
public record ToolCall(String id, String name, String arguments) {}
