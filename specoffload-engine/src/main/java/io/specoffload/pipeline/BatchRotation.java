package io.specoffload.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * The two groups of slots and whose turn it is.
 *
 * <pre>
 *   two groups   verify:  A  B  A  B      one group   verify:  -  A  -  A
 *                draft:   B  A  B  A                  draft:   A  -  A  -
 * </pre>
 *
 * One group is the same rotation with a partner that stays empty: an empty group costs nothing. So a lone sequence never
 * waits for a partner.
 */
final class BatchRotation {

    private int slots;
    private final Group none = new Group();
    private Group verifying = new Group();
    private Group drafting = new Group();
    private int groups;
    private boolean merging;

    /**
     * @param slots of both groups together
     * @param groups 1 or 2
     */
    BatchRotation(int slots, int groups) {
        this.slots = slots;
        this.groups = groups;
    }

    int groups() {
        return groups;
    }

    /** Changes the number of groups; takes effect at hand-over points, without losing a draft. */
    void use(int wanted) {
        groups = wanted;
    }

    /** Changes the number of slots that may be taken; sequences that run keep theirs. */
    void allow(int active) {
        slots = active;
    }

    /** Splits or merges where the number of groups asks for it. Call before each round. */
    void arrange() {
        boolean both = !verifying.isEmpty() && !drafting.isEmpty();
        merging = groups == 1 && both;
        if (groups == 2 && verifying.isEmpty() && drafting.size() > 1) {
            drafting.splitInto(verifying);
        }
    }

    /** The group that is verified in this round. */
    Group verifying() {
        // to merge, the second group is drafted for while the first one waits with its candidates
        return merging ? none : verifying;
    }

    /** The group that is drafted for in this round; before it, at its hand-over point, sequences enter. */
    Group drafting() {
        return drafting;
    }

    /** The roles change. */
    void swap() {
        if (merging) {
            verifying.absorb(drafting);
            merging = false;
            return;
        }
        Group verified = verifying;
        verifying = drafting;
        drafting = verified;
    }

    /**
     * How many sequences may enter the drafted group, so that the groups stay of a size.
     *
     * @param waiting sequences in the queue
     */
    int room(int waiting) {
        int free = Math.max(0, slots - size());
        if (groups == 1) {
            return verifying.isEmpty() ? free : 0;
        }
        int balanced = Math.ceilDiv(Math.min(slots, size() + waiting), 2);
        return Math.clamp(balanced - drafting.size(), 0, free);
    }

    int size() {
        return verifying.size() + drafting.size();
    }

    boolean isEmpty() {
        return verifying.isEmpty() && drafting.isEmpty();
    }

    List<Sequence> sequences() {
        List<Sequence> all = new ArrayList<>(verifying.sequences());
        all.addAll(drafting.sequences());
        return all;
    }

    void removeIf(Predicate<Sequence> leaving) {
        verifying.removeIf(leaving);
        drafting.removeIf(leaving);
    }
}
