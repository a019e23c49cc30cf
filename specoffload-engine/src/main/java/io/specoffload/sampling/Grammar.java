package io.specoffload.sampling;

import io.specoffload.sampling.Automaton.Node;
import io.specoffload.sampling.Automaton.Scoped;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a model's answer must look like, over the tokens of its vocabulary. A token is allowed iff its bytes continue the
 * text so far to a beginning of a sentence, whichever way the text was cut into tokens; tokens that end a generation are
 * allowed exactly where the text is a whole sentence; control tokens never are. Masks and transitions are cached.
 * Immutable to its users, and thread-safe. Made by {@link GrammarCompiler}.
 */
public final class Grammar {
    private final Automaton automaton;
    private final TokenTrie trie;
    private final GrammarState ended;

    Grammar(Rule rule, TokenTrie trie) {
        RuleCheck.prepare(rule);
        this.automaton = new Automaton(rule);
        this.trie = trie;
        this.ended = new Ended(trie, trie.endOfGeneration());
    }

    /** Where an answer begins. */
    public GrammarState start() {
        return new State(this, automaton.start());
    }

    /**
     * What may follow a place inside a {@link Rule.Scope}, whatever comes after the scope.
     *
     * @param mask tokens that stay inside
     * @param exits the trie's nodes with whose byte the scope ends
     */
    record Inside(long[] mask, int[] exits) {}

    private record State(Grammar grammar, Node node) implements GrammarState {

        @Override
        public @Nullable GrammarState accept(int token) {
            TokenTrie trie = grammar.trie;
            if (trie.isEndOfGeneration(token)) {
                return node.isComplete() ? grammar.ended : null;
            }
            Node next = trie.isText(token) ? node : null;
            if (next != null) {
                for (byte b : trie.bytes(token)) {
                    next = next == null ? null : next.next(b & 0xFF);
                }
            }
            return next == null ? null : new State(grammar, next);
        }

        @Override
        public boolean allows(int token) {
            return accept(token) != null;
        }

        @Override
        public long[] allowed() {
            return grammar.mask(node);
        }

        @Override
        public boolean isComplete() {
            return node.isComplete();
        }
    }

    /** After the end: nothing but its repetition. */
    private record Ended(TokenTrie trie, long[] allowed) implements GrammarState {

        @Override
        public @Nullable GrammarState accept(int token) {
            return allows(token) ? this : null;
        }

        @Override
        public boolean allows(int token) {
            return trie.isEndOfGeneration(token);
        }

        @Override
        public boolean isComplete() {
            return true;
        }
    }

    private long[] mask(Node node) {
        long[] known = node.mask;
        if (known != null) {
            return known;
        }
        long[] mask;
        Scoped scoped = automaton.scope(node, trie.longest());
        if (scoped == null) {
            mask = node.isComplete() ? trie.endOfGeneration() : new long[trie.words()];
            walk(node, 0, trie.nodes(), mask, null);
        } else {
            Inside inside = inside(scoped.inner());
            mask = inside.mask.clone();
            for (int exit : inside.exits) {
                trie.mark(exit, mask);
                walk(scoped.after(), exit + 1, trie.end(exit), mask, null);
            }
        }
        node.mask = mask;
        return mask;
    }

    private Inside inside(Node node) {
        Inside known = node.inside;
        if (known == null) {
            long[] mask = new long[trie.words()];
            Exits exits = new Exits();
            walk(node, 0, trie.nodes(), mask, exits);
            known = new Inside(mask, Arrays.copyOf(exits.nodes, exits.count));
            node.inside = known;
        }
        return known;
    }

    private static final class Exits {
        private int[] nodes = new int[64];
        private int count;

        void add(int node) {
            if (count == nodes.length) {
                nodes = Arrays.copyOf(nodes, 2 * count);
            }
            nodes[count++] = node;
        }
    }

    /** Follows the trie's nodes {@code begin} to {@code end}, which are siblings and all below them. */
    private void walk(Node from, int begin, int end, long[] mask, @Nullable Exits exits) {
        Node[] path = new Node[trie.longest() + 1];
        if (begin < end) {
            path[trie.depth(begin) - 1] = from;
        }
        for (int i = begin; i < end; ) {
            Node next = path[trie.depth(i) - 1].next(trie.label(i));
            if (next == null) {
                i = trie.end(i);
            } else if (exits != null && next.isComplete()) {
                exits.add(i);
                i = trie.end(i);
            } else {
                trie.mark(i, mask);
                path[trie.depth(i)] = next;
                i++;
            }
        }
    }
}
