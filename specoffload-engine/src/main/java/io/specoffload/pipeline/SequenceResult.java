package io.specoffload.pipeline;

/**
 * A finished sequence.
 *
 * @param tokens new token ids without the end-of-generation token
 * @param finishReason why it ended
 * @param promptTokens length of the prompt
 * @param completionTokens new tokens, the end-of-generation token included
 * @param rounds verification passes it took part in
 * @param drafted candidates proposed for it
 * @param accepted candidates accepted, up to its end
 * @param queuedNanos from submission to a slot
 * @param prefillNanos from there to the first new token
 * @param decodeNanos from there to the end
 */
public record SequenceResult(
        int[] tokens,
        FinishReason finishReason,
        int promptTokens,
        int completionTokens,
        int rounds,
        int drafted,
        int accepted,
        long queuedNanos,
        long prefillNanos,
        long decodeNanos) {}
