package io.specoffload.plan;

import io.specoffload.plan.Plan.Resource;

/**
 * What a setting is expected to do.
 *
 * @param setting what was chosen
 * @param layout where it leaves the weights
 * @param diskSeconds reading of one sweep
 * @param computeSeconds computing of one verification, prompt rows included
 * @param draftSeconds drafting for one group
 * @param roundSeconds from one verification to the next
 * @param tokensPerRound new tokens of one verification, over its group
 * @param tokensPerSecond useful tokens over all sequences
 * @param secondsPerToken of one sequence
 * @param stalledSeconds of a round, in which staging is full and reading rests because candidates are drafted
 * @param pauseSeconds how much longer a round takes that reads a full chunk of prompts than one that reads none
 * @param streamedBytes of one sweep
 * @param binding what holds it back
 */
public record Prediction(
        Setting setting,
        MemoryShape.Layout layout,
        double diskSeconds,
        double computeSeconds,
        double draftSeconds,
        double roundSeconds,
        double tokensPerRound,
        double tokensPerSecond,
        double secondsPerToken,
        double stalledSeconds,
        double pauseSeconds,
        double streamedBytes,
        Resource binding) {

    /** Whether weights stream at all. */
    public boolean streams() {
        return streamedBytes > 0;
    }
}
