package io.specoffload.sampling;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A nondeterministic pushdown automaton over bytes. A configuration is a stack of {@link Frame}s, an immutable linked
 * list; a {@link Node} is a set of configurations whose tops wait for a byte. Both are interned, and a node remembers its
 * successors, so that text of a kind seen before is followed by table look-ups. Thread-safe.
 *
 * <p>Not to grow without bounds, the tables are begun anew when they are full; nodes in use stay valid.
 */
final class Automaton {
    /** Nodes remembered at most; one with successors takes about 1 KiB. */
    private static final int MAX_NODES = 16_384;

    private final Rule rule;
    /** At the bottom of every stack: the text may end here. */
    private final Rule end = Rule.sequence();

    private Map<FrameKey, Frame> frames = new HashMap<>();
    private Map<NodeKey, Node> nodes = new HashMap<>();
    private Node start;
    private int frameIds;

    /**
     * @param rule a prepared grammar ({@link RuleCheck})
     */
    Automaton(Rule rule) {
        this.rule = rule;
        this.start = close(List.of(frame(rule, 0, bottom())));
    }

    /** A rule at its part or repetition number {@code index}, and what follows it. */
    private record Frame(
            int id, Rule rule, int index, @Nullable Frame next) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Frame frame && id == frame.id;
        }

        @Override
        public int hashCode() {
            return id;
        }

        Frame after() {
            if (next == null) {
                throw new IllegalStateException("nothing follows the end");
            }
            return next;
        }
    }

    private record FrameKey(Rule rule, int index, @Nullable Frame next) {}

    private record NodeKey(int[] ids) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof NodeKey key && Arrays.equals(ids, key.ids);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(ids);
        }
    }

    /** A set of configurations. */
    final class Node {
        private final Frame[] stacks;
        private final boolean complete;
        /** By byte; elements are written under the automaton's lock and read without it, as nodes are safe to share. */
        private volatile @Nullable Node @Nullable [] successors;

        /** What {@link Grammar} keeps with the node. */
        volatile long @Nullable [] mask;

        volatile Grammar.@Nullable Inside inside;

        private Node(Frame[] stacks, boolean complete) {
            this.stacks = stacks;
            this.complete = complete;
        }

        /** Whether the text may end here. */
        boolean isComplete() {
            return complete;
        }

        /** The node after {@code b} (0 to 255), or null if that is not allowed. */
        @Nullable
        Node next(int b) {
            @Nullable Node[] known = successors;
            Node next = known == null ? null : known[b];
            if (next == null) {
                next = advance(this, b);
            }
            return next.stacks.length == 0 ? null : next;
        }
    }

    /**
     * Where a node stands within a {@link Rule.Scope}.
     *
     * @param inner the same place in the scope alone; repetition counts that no token can exhaust are made equal
     * @param after the node after the scope
     */
    record Scoped(Node inner, Node after) {}

    synchronized Node start() {
        return start;
    }

    /**
     * The innermost scope that all configurations are in, or null if there is none.
     *
     * @param longestToken a bound on the bytes that are looked ahead
     */
    synchronized @Nullable Scoped scope(Node node, int longestToken) {
        Frame scope = null;
        for (Frame stack : node.stacks) {
            Frame frame = stack;
            while (frame.next != null && !(frame.rule instanceof Rule.Scope)) {
                frame = frame.next;
            }
            if (frame.next == null || (scope != null && !scope.equals(frame))) {
                return null;
            }
            scope = frame;
        }
        if (scope == null) {
            return null;
        }
        Frame bottom = frame(scope.rule, scope.index, bottom());
        List<Frame> inner = new ArrayList<>();
        for (Frame stack : node.stacks) {
            Deque<Frame> above = new ArrayDeque<>();
            for (Frame frame = stack; !frame.equals(scope); frame = frame.after()) {
                above.push(frame);
            }
            Frame copy = bottom;
            for (Frame frame : above) {
                copy = frame(frame.rule, clampCount(frame, longestToken), copy);
            }
            inner.add(copy);
        }
        return new Scoped(close(inner), close(List.of(scope.after())));
    }

    /** A repetition's count; of counts so far from both bounds that a token cannot tell them apart, the least. */
    private static int clampCount(Frame frame, int longestToken) {
        if (!(frame.rule instanceof Rule.Repeat repeat)) {
            return frame.index;
        }
        if (frame.index < repeat.min) {
            return repeat.min - frame.index > longestToken ? 0 : frame.index;
        }
        return repeat.max - frame.index > longestToken ? repeat.min : frame.index;
    }

    private Frame bottom() {
        return frame(end, 0, null);
    }

    private Frame frame(Rule at, int index, @Nullable Frame next) {
        return frames.computeIfAbsent(
                new FrameKey(at, index, next), key -> new Frame(frameIds++, key.rule, key.index, key.next));
    }

    private synchronized Node advance(Node from, int b) {
        if (nodes.size() > MAX_NODES) {
            frames = new HashMap<>();
            nodes = new HashMap<>();
            start = close(List.of(frame(rule, 0, bottom())));
        }
        List<Frame> open = new ArrayList<>();
        for (Frame frame : from.stacks) {
            if (frame.rule instanceof Rule.Bytes bytes && bytes.contains(b)) {
                open.add(frame.after());
            } else if (frame.rule instanceof Rule.Literal literal && (literal.bytes[frame.index] & 0xFF) == b) {
                boolean last = frame.index + 1 == literal.bytes.length;
                open.add(last ? frame.after() : frame(literal, frame.index + 1, frame.next));
            }
        }
        Node next = close(open);
        @Nullable Node[] successors = from.successors;
        if (successors == null) {
            successors = new Node[256];
        }
        successors[b] = next;
        from.successors = successors;
        return next;
    }

    /** Enters rules until every top waits for a byte. */
    private Node close(List<Frame> frames) {
        Set<Frame> seen = new HashSet<>();
        List<Frame> stacks = new ArrayList<>();
        Deque<Frame> open = new ArrayDeque<>(frames);
        while (!open.isEmpty()) {
            Frame frame = open.pop();
            if (!seen.add(frame)) {
                continue;
            }
            Frame next = frame.next;
            if (next == null || frame.rule instanceof Rule.Bytes || frame.rule instanceof Rule.Literal) {
                stacks.add(frame);
            } else {
                enter(frame, next, open);
            }
        }
        stacks.sort(Comparator.comparingInt(Frame::id));
        boolean complete = stacks.stream().anyMatch(frame -> frame.next == null);
        int[] ids = stacks.stream().mapToInt(Frame::id).toArray();
        return nodes.computeIfAbsent(new NodeKey(ids), key -> new Node(stacks.toArray(Frame[]::new), complete));
    }

    private void enter(Frame frame, Frame next, Deque<Frame> open) {
        int index = frame.index;
        switch (frame.rule) {
            case Rule.Sequence sequence -> {
                int size = sequence.parts.size();
                Frame rest = index + 1 < size ? frame(sequence, index + 1, next) : next;
                open.push(index < size ? frame(sequence.parts.get(index), 0, rest) : next);
            }
            case Rule.Choice choice -> {
                for (Rule alternative : choice.alternatives) {
                    if (alternative.shortest() != Rule.ENDLESS) {
                        open.push(frame(alternative, 0, next));
                    }
                }
            }
            case Rule.Repeat repeat -> {
                if (index >= repeat.min) {
                    open.push(next);
                }
                if (index < repeat.max && repeat.item.shortest() != Rule.ENDLESS) {
                    // without an upper bound, only whether the lower one is reached matters
                    int count = repeat.max == Rule.Repeat.UNBOUNDED ? Math.min(index + 1, repeat.min) : index + 1;
                    Frame rest = count == repeat.max ? next : frame(repeat, count, next);
                    open.push(frame(repeat.item, 0, rest));
                }
            }
            case Rule.Scope scope -> open.push(index == 0 ? frame(scope.body, 0, frame(scope, 1, next)) : next);
            case Rule.Reference reference -> open.push(frame(reference.target, 0, next));
            case Rule.Bytes bytes -> open.push(frame);
            case Rule.Literal literal -> open.push(frame);
        }
    }
}
