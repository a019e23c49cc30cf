package io.specoffload.speculative;

import io.specoffload.sampling.Distribution;
import io.specoffload.sampling.TokenRandom;
import java.util.function.IntFunction;

/**
 * Decides which candidates stand, so that the output is distributed exactly as the target alone would have it.
 */
public interface AcceptanceRule {

    /**
     * @param candidates what was drafted
     * @param target the target's processed distribution at candidate position j (0 to count): given the candidates
     *     before j. Asked for in ascending order, and not beyond the first rejection
     * @param random the sequence's random numbers
     * @param position the sequence position that candidate 0 would take
     */
    Verification accept(Candidates candidates, IntFunction<Distribution> target, TokenRandom random, int position);
}
