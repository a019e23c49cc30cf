package io.specoffload.speculative;

import io.specoffload.sampling.Distribution;
import io.specoffload.sampling.Sampler;
import java.util.function.IntFunction;

/**
 * Decides which candidates stand, so that the output is distributed exactly as the target alone would have it. Stateless;
 * commits nothing to the sampler.
 */
public sealed interface AcceptanceRule permits ExactMatch, RejectionSampling {

    /**
     * @param candidates what was drafted
     * @param target the target's processed distribution at candidate position j (0 to count): given the candidates
     *     before j. Asked for in ascending order, and not beyond the first rejection
     * @param sampler the sequence's, for its way to choose and its random numbers
     * @param position the sequence position that candidate 0 would take
     */
    Verification accept(Candidates candidates, IntFunction<Distribution> target, Sampler sampler, int position);

    /** The rule for a sequence's way of sampling. */
    static AcceptanceRule of(Sampler sampler) {
        return sampler.isDeterministic() ? new ExactMatch() : new RejectionSampling();
    }
}
