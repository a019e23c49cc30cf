package io.specoffload.synthetic;

import java.util.SplittableRandom;

/**
 * Which token follows which: one cycle through all ordinary tokens. Other tokens (control tokens, bytes) behave like an
 * ordinary one that stands in for them, the same in every model.
 */
final class NextTokens {

    private final int[] next;
    private final int first;

    /** @param next [vocabulary], a single cycle over the tokens from {@code first} on */
    private NextTokens(int[] next, int first) {
        this.next = next;
        this.first = first;
        for (int token = 0; token < first; token++) {
            next[token] = next[standIn(token, first, next.length)];
        }
    }

    /** A random cycle. */
    static NextTokens random(int vocabulary, int first, long seed) {
        int[] order = new int[vocabulary - first];
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < order.length; i++) {
            int at = random.nextInt(i + 1);
            order[i] = order[at];
            order[at] = first + i;
        }
        return ofCycle(order, first);
    }

    /**
     * The recorded successors of every token of a vocabulary.
     *
     * @throws IllegalArgumentException if they are not a cycle over the ordinary tokens
     */
    static NextTokens recorded(long[] successors, int first) {
        int count = successors.length - first;
        int[] order = new int[Math.max(0, count)];
        long token = first;
        for (int i = 0; i < count; i++) {
            order[i] = (int) token;
            token = successors[(int) token];
            if (token < first || token >= successors.length || (token == first) != (i == count - 1)) {
                throw new IllegalArgumentException(SyntheticMetadata.NEXT_TOKENS + " is no cycle over the " + count
                        + " ordinary tokens: synthesize the model anew");
            }
        }
        return ofCycle(order, first);
    }

    /** The tokens of {@code order}, each followed by the one after it, the last by the first. */
    static NextTokens ofCycle(int[] order, int first) {
        int[] next = new int[first + order.length];
        for (int i = 0; i < order.length; i++) {
            next[order[i]] = order[(i + 1) % order.length];
        }
        return new NextTokens(next, first);
    }

    /** The ordinary token that another one behaves like. */
    static int standIn(int token, int first, int vocabulary) {
        return token >= first ? token : first + token % (vocabulary - first);
    }

    int after(int token) {
        return next[token];
    }

    int vocabulary() {
        return next.length;
    }

    /** Ordinary tokens. */
    int ordinary() {
        return next.length - first;
    }

    int firstOrdinary() {
        return first;
    }

    /** The successor of every token of the vocabulary. */
    int[] toArray() {
        return next.clone();
    }

    /** The ordinary token before each ordinary one, [vocabulary]; 0 elsewhere. */
    int[] inverse() {
        int[] before = new int[next.length];
        for (int token = first; token < next.length; token++) {
            before[next[token]] = token;
        }
        return before;
    }

    /** The cycle, beginning with the first ordinary token. */
    int[] cycle() {
        int[] order = new int[ordinary()];
        int token = first;
        for (int i = 0; i < order.length; i++) {
            order[i] = token;
            token = next[token];
        }
        return order;
    }
}
