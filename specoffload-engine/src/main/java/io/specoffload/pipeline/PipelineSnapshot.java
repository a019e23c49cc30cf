package io.specoffload.pipeline;

import io.specoffload.telemetry.RoundRecord;
import java.util.List;

/**
 * The pipeline's state after its last round.
 *
 * @param groups groups in rotation
 * @param groupSizes sequences of each
 * @param candidates candidate count of the last draft
 * @param reason why so many
 * @param acceptanceRate accepted per drafted candidate
 * @param survival probability, per position, that a candidate and all before it are accepted
 * @param meanAcceptanceLength tokens per sequence and verification, the target's own included
 * @param verifySeconds expected computing time of a pass over what runs now, in seconds
 * @param draftSeconds expected drafting time of a group, in seconds
 * @param ioSeconds streaming time of a sweep, in seconds; 0 for resident weights
 * @param prefillChunk prompt rows per round at most, as long as sequences decode
 * @param activeSlots slots that may be taken
 * @param evicted sequences that gave up their slot for want of cache pages, and were queued again
 * @param changes the latest changes of plan, oldest first
 * @param latest the latest rounds, oldest first
 */
public record PipelineSnapshot(
        int groups,
        List<Integer> groupSizes,
        int candidates,
        String reason,
        double acceptanceRate,
        List<Double> survival,
        double meanAcceptanceLength,
        double verifySeconds,
        double draftSeconds,
        double ioSeconds,
        int prefillChunk,
        int activeSlots,
        long evicted,
        List<PlanChange> changes,
        List<RoundRecord> latest) {

    /** Before the first round. */
    public static final PipelineSnapshot INITIAL = new PipelineSnapshot(
            1, List.of(), 0, "no round yet", 0, List.of(), 0, 0, 0, 0, 0, 0, 0, List.of(), List.of());
}
