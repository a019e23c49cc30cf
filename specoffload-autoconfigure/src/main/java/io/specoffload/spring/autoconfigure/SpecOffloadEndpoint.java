package io.specoffload.spring.autoconfigure;

import io.specoffload.engine.EngineInfo;
import io.specoffload.engine.EngineInfo.ModelInfo;
import io.specoffload.engine.EngineStatistics;
import io.specoffload.engine.InferenceEngine;
import io.specoffload.pipeline.PipelineSnapshot;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/** What the engine runs, the memory that takes, and its live counters. */
@Endpoint(id = "specoffload")
public final class SpecOffloadEndpoint {

    private final InferenceEngine engine;

    SpecOffloadEndpoint(InferenceEngine engine) {
        this.engine = engine;
    }

    @ReadOperation
    public Report report() {
        EngineInfo info = engine.info();
        EngineStatistics counters = engine.statistics();
        ModelInfo draft = info.draft();
        return new Report(
                new Models(info.target(), draft),
                new Engine(info.backend(), info.contextLength(), info.slots(), info.queueCapacity()),
                new Memory(info.target().bytes(), draft == null ? 0 : draft.bytes(), info.kvCacheBytes()),
                counters,
                new Speculation(
                        ratio(counters.accepted(), counters.drafted()),
                        ratio(counters.completionTokens(), counters.rounds())),
                engine.pipeline());
    }

    private static double ratio(long part, long whole) {
        return whole == 0 ? 0 : (double) part / whole;
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
    public record Speculation(double acceptanceRate, double tokensPerRound) {}
}
