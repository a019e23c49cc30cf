package io.specoffload.plan;

/**
 * How a workload is run.
 *
 * @param groups groups of sequences in rotation, 1 or 2
 * @param groupSize sequences per group, B
 * @param candidates candidates per sequence and round, n; 0 for no speculation
 * @param draftBatchSize sequences that the draft model takes at once, b_d
 * @param prefillRows rows of prompts that ride along with a sweep
 * @param residentShare share of each layer's weights that stays in fast memory, 0 to 1
 * @param diskShare share of the streamed weights that comes from disk, 0 to 1
 * @param pinnedShare share of the host's weights that is page-locked, 0 to 1
 * @param stagingLayers layers whose streamed part may be staged ahead; 0 for a stream that stops while drafting
 */
public record Policy(
        int groups,
        int groupSize,
        int candidates,
        int draftBatchSize,
        int prefillRows,
        double residentShare,
        double diskShare,
        double pinnedShare,
        int stagingLayers) {

    public Policy {
        if (groups < 1 || groups > 2 || groupSize < 1 || candidates < 0 || draftBatchSize < 1 || stagingLayers < 0) {
            throw new IllegalArgumentException("groups " + groups + " of " + groupSize + " with " + candidates
                    + " candidates, drafted by " + draftBatchSize + ", staging " + stagingLayers);
        }
        if (!share(residentShare) || !share(diskShare) || !share(pinnedShare)) {
            throw new IllegalArgumentException("shares lie between 0 and 1: resident " + residentShare + ", disk "
                    + diskShare + ", pinned " + pinnedShare);
        }
    }

    private static boolean share(double value) {
        return value >= 0 && value <= 1;
    }

    /** Sequences in flight. */
    public int sequences() {
        return groups * groupSize;
    }

    /** Rows of one sweep: last tokens and candidates of one group, and prompt rows. */
    public int rows() {
        return groupSize * (candidates + 1) + prefillRows;
    }
}
