package io.specoffload.pipeline;

import io.specoffload.speculative.Candidates;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * A set of occupied slots. Between its draft and its verification a group holds shares; at its hand-over point, after
 * verification, it holds none and sequences may enter.
 */
final class Group {

    private final List<Sequence> sequences = new ArrayList<>();
    private List<Share> shares = List.of();

    List<Sequence> sequences() {
        return sequences;
    }

    int size() {
        return sequences.size();
    }

    boolean isEmpty() {
        return sequences.isEmpty();
    }

    /** What the next verification processes; empty at the hand-over point. */
    List<Share> shares() {
        return shares;
    }

    void add(Sequence sequence) {
        sequences.add(sequence);
    }

    /** Sequences leave, with their shares. */
    void removeIf(Predicate<Sequence> leaving) {
        if (sequences.removeIf(leaving)) {
            shares = shares.stream()
                    .filter(share -> sequences.contains(share.sequence()))
                    .toList();
        }
    }

    /** Candidates have been drafted for what was scheduled. */
    void propose(List<Share> scheduled, List<Candidates> candidates) {
        List<Share> proposed = new ArrayList<>(scheduled.size());
        for (int i = 0; i < scheduled.size(); i++) {
            proposed.add(scheduled.get(i).with(candidates.get(i)));
        }
        shares = proposed;
    }

    /** The verification is over. */
    void handOver() {
        shares = List.of();
    }

    /** Takes in another group with its shares. */
    void absorb(Group other) {
        sequences.addAll(other.sequences);
        List<Share> all = new ArrayList<>(shares);
        all.addAll(other.shares);
        shares = all;
        other.sequences.clear();
        other.shares = List.of();
    }

    /** Gives half of its sequences, the later ones, to a group; only at its hand-over point. */
    void splitInto(Group other) {
        List<Sequence> half = sequences.subList(Math.ceilDiv(sequences.size(), 2), sequences.size());
        other.sequences.addAll(half);
        half.clear();
    }
}
