package io.specoffload.engine;

import io.specoffload.pipeline.FinishReason;
import io.specoffload.tokenizer.ToolCall;
import java.time.Duration;
import java.util.List;

/**
 * A finished generation.
 *
 * @param tokens new token ids; a final stop token is not among them
 * @param text the answer without reasoning and tool calls
 * @param reasoning the marked reasoning, empty if none
 * @param toolCalls complete tool calls in order
 * @param finishReason why it ended
 * @param usage counts and times
 */
public record GenerationResult(
        List<Integer> tokens,
        String text,
        String reasoning,
        List<ToolCall> toolCalls,
        FinishReason finishReason,
        Usage usage) {

    public GenerationResult {
        tokens = List.copyOf(tokens);
        toolCalls = List.copyOf(toolCalls);
    }

    /**
     * Counts and times of one generation.
     *
     * @param promptTokens tokens of the rendered prompt
     * @param completionTokens new tokens, a stop token included
     * @param rounds target forward passes that verified or decoded for this sequence
     * @param drafted candidates proposed
     * @param accepted candidates accepted
     * @param queued time until a slot was free
     * @param prefill time from there to the first token
     * @param decode time from there to the last token
     */
    public record Usage(
            int promptTokens,
            int completionTokens,
            int rounds,
            int drafted,
            int accepted,
            Duration queued,
            Duration prefill,
            Duration decode) {}
}
