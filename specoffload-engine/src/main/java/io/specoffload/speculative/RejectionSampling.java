package io.specoffload.speculative;

import io.specoffload.sampling.Distribution;
import io.specoffload.sampling.Sampler;
import io.specoffload.sampling.TokenRandom.Purpose;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Speculative sampling (Leviathan et al., arXiv 2211.17192; Chen et al., arXiv 2302.01318): a candidate x drawn from q
 * stands with probability min(1, p(x) / q(x)); at the first rejection a token is drawn from norm(max(0, p - q)). A
 * deterministic drafter's q is all on its candidate.
 */
public record RejectionSampling() implements AcceptanceRule {

    @Override
    public Verification accept(Candidates candidates, IntFunction<Distribution> target, Sampler sampler, int position) {
        List<Distribution> drafts = candidates.distributions();
        for (int j = 0; j < candidates.count(); j++) {
            int token = candidates.tokens()[j];
            Distribution p = target.apply(j);
            Distribution q = drafts == null ? Distribution.point(token) : drafts.get(j);
            double uniform = sampler.random().uniform(position + j, Purpose.ACCEPT);
            if (uniform * q.probability(token) >= p.probability(token)) {
                int recovered = drawResidual(p, q, sampler.random().uniform(position + j, Purpose.TARGET));
                return Verification.of(candidates, j, recovered);
            }
        }
        int count = candidates.count();
        return Verification.of(candidates, count, sampler.choose(target.apply(count), position + count));
    }

    /** A token drawn from norm(max(0, p - q)); from p where rounding leaves nothing of the difference. */
    private static int drawResidual(Distribution p, Distribution q, double uniform) {
        float[] residual = new float[p.tokens().length];
        boolean any = false;
        int other = 0;
        for (int i = 0; i < residual.length; i++) {
            int token = p.tokens()[i];
            while (other < q.tokens().length && q.tokens()[other] < token) {
                other++;
            }
            boolean both = other < q.tokens().length && q.tokens()[other] == token;
            residual[i] = Math.max(0, p.probabilities()[i] - (both ? q.probabilities()[other] : 0));
            any |= residual[i] > 0;
        }
        return any ? new Distribution(p.tokens(), residual).draw(uniform) : p.draw(uniform);
    }
}
