package io.specoffload.testing;

import io.specoffload.execution.ForwardExecutor;
import io.specoffload.kv.KvSequence;
import io.specoffload.model.ForwardBatch;
import io.specoffload.model.Logits;

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

    private static float gap(Logits logits, int taken) {
        float best = Float.NEGATIVE_INFINITY;
        for (int token = 0; token < logits.vocabulary(); token++) {
            best = Math.max(best, logits.values()[logits.offset(0) + token]);
        }
        return best - logits.values()[logits.offset(0) + taken];
    }
}
