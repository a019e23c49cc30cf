package io.specoffload.tokenizer;

/**
 * What a template can express, found out by rendering small conversations.
 *
 * @param system it has a place for a system message
 * @param tools it describes tools
 * @param toolCalls it writes an assistant's tool calls and their results
 * @param parallelCalls it writes several calls of one message
 * @param calls how it takes tool calls
 */
record TemplateCapabilities(boolean system, boolean tools, boolean toolCalls, boolean parallelCalls, CallShape calls) {

    /**
     * How a message with tool calls is given to a template.
     *
     * @param nullContent an empty content is None rather than an empty text
     * @param textArguments the arguments are JSON text rather than an object
     */
    record CallShape(boolean nullContent, boolean textArguments) {}
}
