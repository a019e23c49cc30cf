package io.specoffload.bench;

import io.specoffload.engine.EngineConfig;
import io.specoffload.engine.GenerationRequest;
import io.specoffload.engine.GenerationResult;
import io.specoffload.engine.Prompt;
import io.specoffload.engine.SpecOffloadEngine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Measurements through the whole engine: start to first token, and generation with and without candidates. */
final class EngineRuns {

    static final int PROMPT = 32;
    static final int GENERATED = 64;

    /** A server computes until its kernels are compiled, before it is ready. */
    private static final Duration WARM_UP = Duration.ofSeconds(3);

    private final BenchSettings settings;
    private final BenchTokens tokens;

    EngineRuns(BenchSettings settings, BenchTokens tokens) {
        this.settings = settings;
        this.tokens = tokens;
    }

    /** Seconds from opening the target model to its first token. */
    double firstToken(int threads) {
        long start = System.nanoTime();
        try (SpecOffloadEngine engine = open(null, Candidates.NONE, threads)) {
            engine.generate(request(1));
            return (System.nanoTime() - start) / 1e9;
        }
    }

    /**
     * How many candidates a sequence gets in a round.
     *
     * @param most never more
     * @param chosen whether the engine may draft fewer, or none
     */
    record Candidates(int most, boolean chosen) {

        static final Candidates NONE = new Candidates(0, false);
    }

    SpecOffloadEngine open(@Nullable Path draft, Candidates candidates, int threads) {
        return SpecOffloadEngine.open(EngineConfig.builder(settings.target())
                .draftModel(draft)
                .contextLength(Math.max(
                        PROMPT + GENERATED,
                        Optional.ofNullable(settings.leastContext()).orElse(0)))
                .slots(1)
                .queueCapacity(1)
                .threads(threads)
                .candidates(candidates.most())
                .adaptiveCandidates(candidates.chosen())
                .warmUp(candidates.most() > 0 ? WARM_UP : Duration.ZERO)
                .kvType(EngineConfig.KvType.valueOf(settings.kvType().name()))
                .groups(
                        switch (settings.groups()) {
                            case "1" -> EngineConfig.Groups.ONE;
                            case "2" -> EngineConfig.Groups.TWO;
                            default -> EngineConfig.Groups.AUTO;
                        })
                .build());
    }

    GenerationResult generate(SpecOffloadEngine engine) {
        return engine.generate(request(GENERATED));
    }

    /** Tokens per second after the first one, which comes with the prompt. */
    static double decodeRate(GenerationResult result) {
        return (result.usage().completionTokens() - 1)
                / (result.usage().decode().toNanos() / 1e9);
    }

    private GenerationRequest request(int count) {
        return GenerationRequest.builder(new Prompt.Tokens(tokens.range(0, PROMPT)))
                .maxTokens(count)
                .ignoreEos(true)
                .build();
    }
}
