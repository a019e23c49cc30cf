package io.specoffload.spring.autoconfigure;

import io.specoffload.engine.EngineInfo;
import io.specoffload.engine.EngineInfo.ModelInfo;
import io.specoffload.engine.EngineStatistics;
import io.specoffload.engine.HardwareProfiler;
import io.specoffload.engine.InferenceEngine;
import io.specoffload.hardware.HardwareProfile;
import io.specoffload.pipeline.PipelineSnapshot;
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

    private final InferenceEngine engine;
    private final Supplier<HardwareProfile> hardware;
    private final Supplier<@Nullable HardwareProfiler> profiler;

    /**
     * An endpoint on an engine.
     *
     * @param hardware the profile that plans are made from, whichever it is now
     * @param profiler measures anew; gives null where the application brings a profile of its own
     */
    SpecOffloadEndpoint(
            InferenceEngine engine, Supplier<HardwareProfile> hardware, Supplier<@Nullable HardwareProfiler> profiler) {
        this.engine = engine;
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
            case "plan" -> Map.of("problem", "there is no planner yet: the engine runs as it is configured");
            case "pipeline" -> pipeline();
            case "models" -> models();
            default -> null;
        };
    }

    private Pipeline pipeline() {
        EngineInfo info = engine.info();
        EngineStatistics counters = engine.statistics();
        return new Pipeline(
                new Engine(info.backend(), info.contextLength(), info.slots(), info.queueCapacity()),
                counters,
                Speculation.of(counters),
                engine.pipeline());
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
     * @param action {@code recalibrate}: measures the hardware anew, which takes seconds and slows running requests
     */
    @WriteOperation
    public Map<?, ?> act(String action) {
        if (!action.equals(RECALIBRATE)) {
            throw new InvalidEndpointRequestException(
                    "the action " + action + " is not known, only " + RECALIBRATE, "Unknown action");
        }
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

    /** The models. */
    public record Models(ModelInfo target, @Nullable ModelInfo draft) {}

    /** The models and what they take. */
    public record LoadedModels(ModelInfo target, @Nullable ModelInfo draft, Memory memory) {}

    /** How the models run, and what they did so far. */
    public record Pipeline(
            Engine engine, EngineStatistics counters, Speculation speculation, PipelineSnapshot rounds) {}

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
