package io.specoffload.speculative;

import io.specoffload.sampling.Distribution;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a drafter proposes for one sequence.
 *
 * @param tokens the candidates in order; may be empty
 * @param distributions the processed distribution q that each was drawn from; null where the drafter is deterministic
 *     (q is then a point mass: greedy, coupled or prompt-lookup drafting)
 */
public record Candidates(int[] tokens, @Nullable List<Distribution> distributions) {

    public static final Candidates NONE = new Candidates(new int[0], null);

    public int count() {
        return tokens.length;
    }
}
