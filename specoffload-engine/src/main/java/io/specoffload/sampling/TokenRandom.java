package io.specoffload.sampling;

/**
 * Counter-based random numbers of one sequence: a pure function of (seed, position, purpose, token), so that they
 * depend neither on who shares the batch nor on how candidates are grouped.
 *
 * @param seed the request's seed
 */
public record TokenRandom(long seed) {

    /** What a number is for; numbers of different purposes are independent. */
    public enum Purpose {
        /** Drawing a candidate from the draft's distribution. */
        DRAFT,
        /** The accept-or-reject decision on a candidate. */
        ACCEPT,
        /** Drawing a token of the target's own. */
        TARGET,
        /** Gumbel noise shared by draft and target. */
        GUMBEL
    }

    /** Uniform in [0, 1), 53 bits. */
    public double uniform(int position, Purpose purpose) {
        return uniform(position, purpose, 0);
    }

    /** Uniform in [0, 1), 53 bits, one for each token. */
    public double uniform(int position, Purpose purpose, int token) {
        long state = mix(seed + 0x9E3779B97F4A7C15L * (position + 1L));
        state = mix(state ^ (0xD1B54A32D192ED03L * (purpose.ordinal() + 1L)));
        state = mix(state + 0x8CB92BA72F3D8DD7L * (token + 1L));
        return (state >>> 11) * 0x1p-53;
    }

    /** Standard Gumbel noise of a token at a position: -log(-log(u)). */
    public double gumbel(int position, int token) {
        double u = uniform(position, Purpose.GUMBEL, token);
        return -Math.log(-Math.log(Math.max(u, 0x1p-54)));
    }

    /** The finalizer of SplitMix64 (Steele, Lea, Flood 2014). */
    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
