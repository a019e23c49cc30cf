package io.specoffload.plan;

/**
 * A policy and what is expected of it.
 *
 * @param policy how to run
 * @param sweepSeconds one pass over the target's weights that verifies one group, T_ver
 * @param draftSeconds drafting for one group, T_draft
 * @param roundSeconds from one verification to the next, T
 * @param tokensPerRound expected new tokens of one round
 * @param tokensPerSecond expected throughput
 * @param deviceBytes memory it takes on the accelerator
 * @param hostBytes memory it takes on the host
 * @param binding what holds it back
 */
public record Plan(
        Policy policy,
        double sweepSeconds,
        double draftSeconds,
        double roundSeconds,
        double tokensPerRound,
        double tokensPerSecond,
        long deviceBytes,
        long hostBytes,
        Resource binding) {

    /** What a round spends its time on. */
    public enum Resource {
        LINK,
        DISK,
        HOST_MEMORY,
        COMPUTE,
        DRAFT
    }
}
