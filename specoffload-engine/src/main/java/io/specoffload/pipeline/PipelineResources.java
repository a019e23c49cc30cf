package io.specoffload.pipeline;

import io.specoffload.execution.ComputeGate;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What the pipeline stands on.
 *
 * @param clock nanoseconds from an arbitrary origin; read on the thread whose time is measured
 * @param draftLane makes the lane that drafting runs on; the pipeline closes it
 * @param sweeps what the target's executor knows of its passes
 * @param gate lets verification compute before drafting where both share a device
 * @param sharedCompute whether both models compute on the same device
 */
public record PipelineResources(
        LongSupplier clock, Supplier<Lane> draftLane, SweepCosts sweeps, ComputeGate gate, boolean sharedCompute) {

    /** The system's clock, a thread for drafting, weights in memory, one device for both models. */
    public static PipelineResources shared(ComputeGate gate) {
        return new PipelineResources(
                System::nanoTime, () -> new ThreadLane("specoffload-draft"), SweepCosts.RESIDENT, gate, true);
    }
}
