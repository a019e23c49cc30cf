package io.specoffload.spring.autoconfigure;

import io.specoffload.engine.EngineInfo;
import io.specoffload.engine.EngineInfo.ModelInfo;
import io.specoffload.engine.EnginePlan;
import io.specoffload.engine.EngineStatistics;
import io.specoffload.engine.HardwareProfiler;
import io.specoffload.engine.InferenceEngine;
import io.specoffload.engine.MemoryBudgetException;
import io.specoffload.engine.PlanView;
import io.specoffload.engine.StreamingState;
import io.specoffload.hardware.HardwareProfile;
import io.specoffload.pipeline.PipelineSnapshot;
import io.specoffload.pipeline.PlanChange;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/** What the engine runs, the memory that takes, its live counters, and the hardware that plans are made for. */
@Endpoint(id = "specoffload")
public final class SpecOffloadEndpoint {

    private static final String RECALIBRATE = "recalibrate";
    private static final String REPLAN = "replan";

    private final InferenceEngine engine;
    private final Supplier<HardwareProfile> hardware;
    private final Supplier<@Nullable HardwareProfiler> profiler;
    private final KnownHardware known;

    /**
     * An endpoint on an engine.
     *
     * @param hardware the profile that plans are made from, whichever it is now
     * @param profiler measures anew; gives null where the application brings a profile of its own
     * @param known the profile, as far as nothing must be measured for it
     */
    SpecOffloadEndpoint(
            InferenceEngine engine,
            Supplier<HardwareProfile> hardware,
            Supplier<@Nullable HardwareProfiler> profiler,
            KnownHardware known) {
        this.engine = engine;
        this.known = known;
        this.hardware = hardware;
        this.profiler = profiler;
    }

    @ReadOperation
    public Report report() {
        EngineInfo info = engine.info();
        EngineStatistics counters = engine.statistics();
        return new Report(
                new Models(info.target(), info.draft()),
                new Engine(info.backend(), info.contextLength(), info.slots(), info.queueCapacity()),
                memory(info),
                counters,
                Speculation.of(counters),
                engine.pipeline());
    }

    /**
     * One part in detail.
     *
     * @param section {@code hardware}, {@code plan}, {@code pipeline} or {@code models}
     * @return null, which is "not found", for any other
     */
    @ReadOperation
    public @Nullable Object section(@Selector String section) {
        return switch (section) {
            case "hardware" -> HardwareProfiler.toMap(hardware.get());
            case "plan" -> plan();
            case "pipeline" -> pipeline();
            case "models" -> models();
            default -> null;
        };
    }

    /** The plan that the engine was opened with, what a new one would be, and what was measured since. */
    private Map<String, Object> plan() {
        Map<String, Object> plan = new LinkedHashMap<>();
        EnginePlan applied = engine.plan().orElse(null);
        if (applied == null) {
            plan.put(
                    "problem",
                    "the engine was opened without a plan and runs as it is configured: the hardware was not"
                            + " measured by then, or the planner is switched off; the next start finds its measurements");
        } else {
            plan.put("applied", PlanView.of(applied));
        }
        known.find().ifPresent(profile -> plan.put("now", replan(profile)));
        PipelineSnapshot rounds = engine.pipeline();
        plan.put(
                "measured",
                new Measured(
                        rounds.groups(),
                        rounds.candidates(),
                        rounds.acceptanceRate(),
                        rounds.meanAcceptanceLength(),
                        rounds.verifySeconds(),
                        rounds.draftSeconds(),
                        rounds.ioSeconds(),
                        rounds.prefillChunk(),
                        rounds.activeSlots(),
                        rounds.changes()));
        return plan;
    }

    private Map<String, Object> replan(HardwareProfile profile) {
        try {
            return engine.replan(profile)
                    .map(PlanView::of)
                    .orElseGet(() -> Map.of("problem", "no plan fits the memory and the limits that are set"));
        } catch (MemoryBudgetException e) {
            return Map.of("problem", String.valueOf(e.getMessage()));
        }
    }

    private Pipeline pipeline() {
        EngineInfo info = engine.info();
        EngineStatistics counters = engine.statistics();
        return new Pipeline(
                new Engine(info.backend(), info.contextLength(), info.slots(), info.queueCapacity()),
                counters,
                Speculation.of(counters),
                engine.pipeline(),
                StreamingState.of(engine).orElse(null));
    }

    private LoadedModels models() {
        EngineInfo info = engine.info();
        return new LoadedModels(info.target(), info.draft(), memory(info));
    }

    private static Memory memory(EngineInfo info) {
        ModelInfo draft = info.draft();
        return new Memory(info.target().bytes(), draft == null ? 0 : draft.bytes(), info.kvCacheBytes());
    }

    /**
     * Does something and answers with its result.
     *
     * @param action {@code recalibrate}: measures the hardware anew, which takes seconds and slows running requests;
     *     {@code replan}: plans for the hardware as it is known and the acceptance that was measured
     */
    @WriteOperation
    public Map<?, ?> act(String action) {
        return switch (action) {
            case RECALIBRATE -> recalibrate();
            case REPLAN -> replan(hardware.get());
            default ->
                throw new InvalidEndpointRequestException(
                        "the action " + action + " is not known, only " + RECALIBRATE + " and " + REPLAN,
                        "Unknown action");
        };
    }

    private Map<?, ?> recalibrate() {
        HardwareProfiler measuring = profiler.get();
        if (measuring == null) {
            throw new InvalidEndpointRequestException(
                    "the hardware profile is a bean of the application's own: there is nothing to measure",
                    "Not measured");
        }
        return HardwareProfiler.toMap(measuring.recalibrate());
    }

    /** The report's parts. */
    public record Report(
            Models models,
            Engine engine,
            Memory memory,
            EngineStatistics counters,
            Speculation speculation,
            PipelineSnapshot pipeline) {}

    /**
     * How rounds go now.
     *
     * @param groups groups in rotation
     * @param candidates of the last draft
     * @param acceptanceRate accepted per drafted candidate
     * @param tokensPerVerification of a sequence, the target's own included
     * @param verifySeconds of the last pass
     * @param draftSeconds of the last draft
     * @param ioSeconds streaming of a sweep
     * @param prefillChunk prompt tokens per round at most, as long as answers are written
     * @param activeSlots slots that may be taken
     * @param changes of the plan by measured costs, oldest first, and why
     */
    public record Measured(
            int groups,
            int candidates,
            double acceptanceRate,
            double tokensPerVerification,
            double verifySeconds,
            double draftSeconds,
            double ioSeconds,
            int prefillChunk,
            int activeSlots,
            List<PlanChange> changes) {}

    /** The models. */
    public record Models(ModelInfo target, @Nullable ModelInfo draft) {}

    /** The models and what they take. */
    public record LoadedModels(ModelInfo target, @Nullable ModelInfo draft, Memory memory) {}

    /** How the models run, and what they did so far; the target's stream, where it streams. */
    public record Pipeline(
            Engine engine,
            EngineStatistics counters,
            Speculation speculation,
            PipelineSnapshot rounds,
            @Nullable StreamingState streaming) {}

    /** How the models run. */
    public record Engine(String backend, int contextLength, int slots, int queueCapacity) {}

    /** Bytes of the models' weights and of the KV caches of both. */
    public record Memory(long targetBytes, long draftBytes, long kvCacheBytes) {}

    /**
     * Since the engine started.
     *
     * @param acceptanceRate accepted / drafted candidates
     * @param tokensPerRound tokens per forward pass of the target model, over all sequences
     */
    public record Speculation(double acceptanceRate, double tokensPerRound) {

        static Speculation of(EngineStatistics counters) {
            return new Speculation(
                    ratio(counters.accepted(), counters.drafted()),
                    ratio(counters.completionTokens(), counters.rounds()));
        }

        private static double ratio(long part, long whole) {
            return whole == 0 ? 0 : (double) part / whole;
        }
    }
}
