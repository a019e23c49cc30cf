package io.specoffload.testing;

import io.specoffload.execution.ForwardExecutor;
import io.specoffload.kv.KvSequence;
import io.specoffload.model.ForwardBatch;
import io.specoffload.model.Logits;
import io.specoffload.tokenizer.Tokenizer;
import java.util.Arrays;

/**
 * Re-scores a finished greedy sequence from an empty cache, one token at a time, without speculation: how far was each
 * token from the best one?
 */
public final class GreedyAudit {

    private GreedyAudit() {}

    /** The largest logit gap between a step's best token and the one that was taken; 0 if all were best. */
    public static float worstGap(ForwardExecutor oracle, int[] prompt, int[] answer) {
        float worst = 0;
        ForwardBatch batch = new ForwardBatch();
        try (KvSequence sequence = oracle.kvCache().newSequence()) {
            for (int i = 0; i < prompt.length + answer.length - 1; i++) {
                batch.clear();
                boolean scored = i >= prompt.length - 1;
                batch.add(sequence, i < prompt.length ? prompt[i] : answer[i - prompt.length], scored);
                Logits logits = oracle.forward(batch);
                if (scored) {
                    worst = Math.max(worst, gap(logits, answer[i + 1 - prompt.length]));
                }
            }
        }
        return worst;
    }

    /**
     * How much worse than ours another engine's choice was where two greedy answers part, in logits after what they
     * have in common. The other's tokens are known by their text alone: of the tokens that its text could go on with,
     * the best counts.
     *
     * @param ours our answer's tokens
     * @param theirs the other's text, different from ours
     */
    public static float gapAtFirstDifference(
            ForwardExecutor oracle, Tokenizer tokenizer, int[] prompt, int[] ours, String theirs) {
        int common = 0;
        String text = "";
        while (common < ours.length) {
            String longer = tokenizer.decode(Arrays.copyOf(ours, common + 1), false);
            if (!theirs.startsWith(longer)) {
                break;
            }
            text = longer;
            common++;
        }
        String rest = theirs.substring(text.length());
        ForwardBatch batch = new ForwardBatch();
        try (KvSequence sequence = oracle.kvCache().newSequence()) {
            int[] prefix = Arrays.copyOf(prompt, prompt.length + common);
            System.arraycopy(ours, 0, prefix, prompt.length, common);
            for (int i = 0; i < prefix.length; i++) {
                batch.add(sequence, prefix[i], i == prefix.length - 1);
            }
            Logits logits = oracle.forward(batch);
            float other = Float.NEGATIVE_INFINITY;
            for (int token = 0; token < tokenizer.vocabulary().size(); token++) {
                if (continues(rest, tokenizer, token)) {
                    other = Math.max(other, logits.values()[token]);
                }
            }
            float best = Float.NEGATIVE_INFINITY;
            for (int token = 0; token < logits.vocabulary(); token++) {
                best = Math.max(best, logits.values()[token]);
            }
            return best - other;
        }
    }

    private static boolean continues(String rest, Tokenizer tokenizer, int token) {
        if (rest.isEmpty()) {
            return tokenizer.vocabulary().isEndOfGeneration(token);
        }
        String piece = tokenizer.decode(new int[] {token}, false);
        return !piece.isEmpty() && rest.startsWith(piece);
    }

    private static float gap(Logits logits, int taken) {
        float best = Float.NEGATIVE_INFINITY;
        for (int token = 0; token < logits.vocabulary(); token++) {
            best = Math.max(best, logits.values()[logits.offset(0) + token]);
        }
        return best - logits.values()[logits.offset(0) + taken];
    }
}
