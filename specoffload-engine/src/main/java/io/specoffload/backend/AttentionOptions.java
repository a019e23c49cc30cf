package io.specoffload.backend;

/**
 * How scores become weights.
 *
 * @param scale factor on q.k
 * @param window number of latest positions seen, the row's own included; {@link Integer#MAX_VALUE} for all
 * @param softCap scores become softCap * tanh(score / softCap); 0 for none
 */
public record AttentionOptions(float scale, int window, float softCap) {

    /** Plain causal attention over the whole context. */
    public static AttentionOptions causal(float scale) {
        return new AttentionOptions(scale, Integer.MAX_VALUE, 0f);
    }
}
