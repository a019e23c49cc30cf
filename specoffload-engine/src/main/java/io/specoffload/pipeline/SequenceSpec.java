package io.specoffload.pipeline;

import io.specoffload.sampling.Sampler;
import java.util.List;

/**
 * What a sequence starts from and where it ends.
 *
 * @param prompt token ids, at least one
 * @param sampler state of this sequence's sampling, already knowing the prompt; owned by the sequence from here on
 * @param maxTokens limit on new tokens, at least 1; prompt and new tokens together fit the context
 * @param stop texts that end it
 * @param ignoreEos whether end-of-generation tokens are ordinary ones
 * @param speculate whether candidates may be drafted
 * @param showSpecial whether control tokens appear in the text
 * @param deadline {@link System#nanoTime} after which it is cancelled, or {@link Long#MAX_VALUE}
 */
public record SequenceSpec(
        int[] prompt,
        Sampler sampler,
        int maxTokens,
        List<String> stop,
        boolean ignoreEos,
        boolean speculate,
        boolean showSpecial,
        long deadline) {

    /** No deadline. */
    public static final long NO_DEADLINE = Long.MAX_VALUE;
}
