package io.specoffload.tokenizer;

/**
 * A tool that the model may call.
 *
 * @param name unique name
 * @param description what it does, for the model
 * @param parameters JSON schema of its arguments as text
 */
public record ToolDefinition(String name, String description, String parameters) {}
