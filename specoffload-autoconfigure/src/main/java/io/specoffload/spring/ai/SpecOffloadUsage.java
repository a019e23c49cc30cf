package io.specoffload.spring.ai;

import io.specoffload.engine.GenerationResult;
import java.time.Duration;

/**
 * What the engine knows about one generation beyond token counts: the native usage of a response.
 *
 * @param promptTokens tokens of the rendered prompt
 * @param completionTokens generated tokens
 * @param rounds target forward passes that verified or decoded for this answer
 * @param drafted candidates that the draft model proposed
 * @param accepted candidates that the target model accepted
 * @param acceptanceRate accepted / drafted; 0 where nothing was drafted
 * @param tokensPerSecond generated tokens per second of decoding; 0 where nothing was decoded
 * @param queued time until the request had a slot
 * @param prefill time from there to the first token
 * @param decode time from there to the last token
 */
public record SpecOffloadUsage(
        int promptTokens,
        int completionTokens,
        int rounds,
        int drafted,
        int accepted,
        double acceptanceRate,
        double tokensPerSecond,
        Duration queued,
        Duration prefill,
        Duration decode) {

    static SpecOffloadUsage of(GenerationResult.Usage usage) {
        double seconds = usage.decode().toNanos() / 1e9;
        // the first token belongs to the prefill
        int decoded = usage.completionTokens() - 1;
        return new SpecOffloadUsage(
                usage.promptTokens(),
                usage.completionTokens(),
                usage.rounds(),
                usage.drafted(),
                usage.accepted(),
                usage.drafted() == 0 ? 0 : (double) usage.accepted() / usage.drafted(),
                seconds <= 0 || decoded <= 0 ? 0 : decoded / seconds,
                usage.queued(),
                usage.prefill(),
                usage.decode());
    }
}
