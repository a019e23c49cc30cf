package io.specoffload.sampling;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The grammar's state after the committed tokens and after each candidate tried since, so that asking for one candidate
 * position after the other takes one step each.
 */
final class GrammarTrail {
    private GrammarState committed;
    private int[] tokens = new int[8];
    private @Nullable GrammarState[] states = new GrammarState[8];
    private int length;

    GrammarTrail(GrammarState start) {
        committed = start;
    }

    /** The state after the first {@code count} candidates. */
    GrammarState after(int[] candidates, int count) {
        int same = Arrays.mismatch(tokens, 0, Math.min(length, count), candidates, 0, Math.min(length, count));
        length = same < 0 ? length : same;
        GrammarState state = committed;
        for (int i = 0; i < count; i++) {
            GrammarState known = i < length ? states[i] : null;
            state = known != null ? known : extend(state, candidates[i]);
        }
        return state;
    }

    private GrammarState extend(GrammarState from, int token) {
        GrammarState next = step(from, token);
        if (length == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * length);
            states = Arrays.copyOf(states, 2 * length);
        }
        tokens[length] = token;
        states[length++] = next;
        return next;
    }

    void commit(int token) {
        GrammarState known = length > 0 && tokens[0] == token ? states[0] : null;
        if (known == null) {
            committed = step(committed, token);
            length = 0;
        } else {
            committed = known;
            length--;
            System.arraycopy(tokens, 1, tokens, 0, length);
            System.arraycopy(states, 1, states, 0, length);
        }
    }

    GrammarState committed() {
        return committed;
    }

    private static GrammarState step(GrammarState from, int token) {
        GrammarState next = from.accept(token);
        if (next == null) {
            throw new IllegalArgumentException("token " + token + " is not allowed by the grammar here");
        }
        return next;
    }
}
