package io.specoffload.sampling;

import org.jspecify.annotations.Nullable;

/**
 * Where a sequence stands in a grammar. Immutable: {@link #accept} gives a new state and leaves this one as it is, so
 * that candidates can be tried and dropped.
 */
public interface GrammarState {

    /** The state after {@code token}, or null if the grammar does not allow it here. */
    @Nullable
    GrammarState accept(int token);

    /** Whether {@code token} may come next. */
    boolean allows(int token);

    /**
     * The tokens that may come next: token t is allowed iff bit {@code t & 63} of word {@code t >> 6} is set; tokens
     * beyond the last word are not. Shared and cached: not to be written to.
     */
    long[] allowed();

    /** Whether the text so far is a whole sentence of the grammar, so that the generation may end. */
    boolean isComplete();
}
