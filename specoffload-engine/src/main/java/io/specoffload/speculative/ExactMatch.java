package io.specoffload.speculative;

import io.specoffload.sampling.Distribution;
import io.specoffload.sampling.Sampler;
import java.util.function.IntFunction;

/**
 * A candidate stands iff it equals the target's own choice at its position: for greedy and for coupled sampling, where
 * that choice is a function of the target's distribution and the position alone. Output is then the very tokens that
 * the target gives without speculation.
 */
public record ExactMatch() implements AcceptanceRule {

    @Override
    public Verification accept(Candidates candidates, IntFunction<Distribution> target, Sampler sampler, int position) {
        int accepted = 0;
        while (true) {
            int own = sampler.choose(target.apply(accepted), position + accepted);
            if (accepted == candidates.count() || candidates.tokens()[accepted] != own) {
                return Verification.of(candidates, accepted, own);
            }
            accepted++;
        }
    }
}
