package io.specoffload.pipeline;

import io.specoffload.execution.ComputeGate;
import io.specoffload.plan.RoundForecast;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the pipeline stands on.
 *
 * @param clock nanoseconds from an arbitrary origin; read on the thread whose time is measured
 * @param draftLane makes the lane that drafting runs on; the pipeline closes it
 * @param sweeps what the target's executor knows of its passes
 * @param gate lets verification compute before drafting where both share a device
 * @param sharedCompute whether both models compute on the same device
 * @param forecast of rounds; null where nothing was planned
 */
public record PipelineResources(
        LongSupplier clock,
        Supplier<Lane> draftLane,
        SweepCosts sweeps,
        ComputeGate gate,
        boolean sharedCompute,
        @Nullable RoundForecast forecast) {

    /** Without a forecast. */
    public PipelineResources(
            LongSupplier clock, Supplier<Lane> draftLane, SweepCosts sweeps, ComputeGate gate, boolean sharedCompute) {
        this(clock, draftLane, sweeps, gate, sharedCompute, null);
    }

    /** The same with a forecast. */
    public PipelineResources withForecast(@Nullable RoundForecast value) {
        return new PipelineResources(clock, draftLane, sweeps, gate, sharedCompute, value);
    }

    /** The system's clock, a thread for drafting, weights in memory, one device for both models. */
    public static PipelineResources shared(ComputeGate gate) {
        return new PipelineResources(
                System::nanoTime, () -> new ThreadLane("specoffload-draft"), SweepCosts.RESIDENT, gate, true);
    }
}
