package io.specoffload.telemetry;

/**
 * One round as it went. Times are readings of the pipeline's clock in nanoseconds.
 *
 * @param round number of the round, from 1
 * @param groups groups of slots that were in rotation: 1 or 2
 * @param verify the target's lane; empty where no group was verified
 * @param draft the draft's lane; empty where nothing was drafted
 * @param verifiedSequences sequences in the target's pass
 * @param draftedSequences sequences that the draft lane worked on
 * @param rows rows of the target's pass, prompt rows included
 * @param promptRows rows of prompts among them
 * @param candidates most candidates per sequence that the drafted group was to get
 * @param reason why so many
 * @param verified candidates in the target's pass
 * @param accepted candidates of these that became tokens
 * @param tokens new tokens of the round
 * @param waitNanos how long the verifying lane waited for the drafting one at the join
 */
public record RoundRecord(
        long round,
        int groups,
        LaneSpan verify,
        LaneSpan draft,
        int verifiedSequences,
        int draftedSequences,
        int rows,
        int promptRows,
        int candidates,
        String reason,
        int verified,
        int accepted,
        int tokens,
        long waitNanos) {

    /** When the round began. */
    public long start() {
        return verify.isEmpty()
                ? draft.start()
                : draft.isEmpty() ? verify.start() : Math.min(verify.start(), draft.start());
    }

    /** When its longer lane ended. */
    public long end() {
        return Math.max(verify.end(), draft.end());
    }

    /** Time in which both lanes ran, in nanoseconds: what the rotation hides. */
    public long overlapNanos() {
        return Math.max(0, Math.min(verify.end(), draft.end()) - Math.max(verify.start(), draft.start()));
    }
}
