package io.specoffload.speculative;

import java.util.Arrays;

/**
 * The outcome of verifying one sequence's candidates.
 *
 * @param tokens the accepted candidates, then one token of the target's own
 * @param accepted how many candidates were accepted: tokens.length - 1
 * @param bonus whether all were accepted, so that the last token is a bonus and not a recovered one
 */
public record Verification(int[] tokens, int accepted, boolean bonus) {

    /** The first {@code accepted} candidates, and {@code own} after them. */
    static Verification of(Candidates candidates, int accepted, int own) {
        int[] tokens = Arrays.copyOf(candidates.tokens(), accepted + 1);
        tokens[accepted] = own;
        return new Verification(tokens, accepted, accepted == candidates.count());
    }
}
