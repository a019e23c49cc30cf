package io.specoffload.sampling;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A grammar's rules over bytes. They form a graph, recursive through {@link Reference}, and are compared by identity.
 * {@link RuleCheck} fills in {@link #shortest} once the graph is complete.
 */
abstract sealed class Rule {
    /** {@link #shortest} of a rule that derives no finite text. */
    static final int ENDLESS = Integer.MAX_VALUE;

    private int shortest = ENDLESS;

    /** Bytes of the shortest text that the rule derives. */
    int shortest() {
        return shortest;
    }

    void shortest(int bytes) {
        shortest = bytes;
    }

    /** One byte out of a set. */
    static final class Bytes extends Rule {
        private final long[] set = new long[4];

        Bytes add(int from, int to) {
            for (int b = from; b <= to; b++) {
                set[b >> 6] |= 1L << b;
            }
            return this;
        }

        Bytes remove(int b) {
            set[b >> 6] &= ~(1L << b);
            return this;
        }

        boolean contains(int b) {
            return (set[b >> 6] >>> b & 1) != 0;
        }
    }

    /** A fixed text, not empty. */
    static final class Literal extends Rule {
        final byte[] bytes;

        Literal(byte[] bytes) {
            this.bytes = bytes;
        }
    }

    /** Rules one after the other; without any, the empty text. */
    static final class Sequence extends Rule {
        final List<Rule> parts;

        Sequence(List<Rule> parts) {
            this.parts = List.copyOf(parts);
        }
    }

    /** Any one of several rules. */
    static final class Choice extends Rule {
        final List<Rule> alternatives;

        Choice(List<Rule> alternatives) {
            this.alternatives = List.copyOf(alternatives);
        }
    }

    /** A rule, {@code min} to {@code max} times. */
    static final class Repeat extends Rule {
        static final int UNBOUNDED = Integer.MAX_VALUE;

        final Rule item;
        final int min;
        final int max;

        Repeat(Rule item, int min, int max) {
            this.item = item;
            this.min = min;
            this.max = max;
        }
    }

    /**
     * A rule whose inside can be told from what follows it. The tokens that stay inside (the words of a JSON string) are
     * the same wherever it occurs, so that they are found once. No text of the rule may begin another one.
     */
    static final class Scope extends Rule {
        final Rule body;

        Scope(Rule body) {
            this.body = body;
        }
    }

    /** A rule that is defined later, for recursion. */
    static final class Reference extends Rule {
        Rule target = new Sequence(List.of());
    }

    static Bytes bytes(String characters) {
        Bytes bytes = new Bytes();
        characters.chars().forEach(c -> bytes.add(c, c));
        return bytes;
    }

    static Bytes range(int from, int to) {
        return new Bytes().add(from, to);
    }

    static Rule literal(String text) {
        return new Literal(text.getBytes(StandardCharsets.UTF_8));
    }

    static Rule sequence(Rule... parts) {
        return new Sequence(List.of(parts));
    }

    static Rule choice(Rule... alternatives) {
        return new Choice(List.of(alternatives));
    }

    static Rule optional(Rule rule) {
        return choice(rule, sequence());
    }

    static Rule repeat(Rule item, int min, int max) {
        return new Repeat(item, min, max);
    }
}
