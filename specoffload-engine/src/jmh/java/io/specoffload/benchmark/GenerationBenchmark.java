package io.specoffload.benchmark;

import io.specoffload.engine.EngineConfig;
import io.specoffload.engine.GenerationRequest;
import io.specoffload.engine.GenerationResult;
import io.specoffload.engine.Prompt;
import io.specoffload.engine.SpecOffloadEngine;
import io.specoffload.tokenizer.ChatMessage;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One answer of the bundled pair, through all layers of the engine: what rounds cost where the models themselves cost
 * next to nothing.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class GenerationBenchmark {

    private static final Path MODELS = Path.of("../sample-app/src/main/resources/models");

    @Param({"0", "4"})
    private int candidates;

    private SpecOffloadEngine engine;
    private GenerationRequest request;

    /** Starts the engine and checks that speculation gives the plain answer. */
    @Setup
    public void prepare() {
        request = GenerationRequest.builder(new Prompt.Chat(
                        List.of(ChatMessage.user(
                                "Invoice INV-20391 from Hofer Tools: 125.50 EUR. Due date: 2027-04-15.")),
                        List.of(),
                        Map.of()))
                .maxTokens(64)
                .build();
        GenerationResult plain;
        try (SpecOffloadEngine alone =
                SpecOffloadEngine.open(config().candidates(0).build())) {
            plain = alone.generate(request);
        }
        engine = SpecOffloadEngine.open(config().draftModel(MODELS.resolve("specoffload-demo-draft-q8_0.gguf"))
                .candidates(candidates)
                .adaptiveCandidates(false)
                .build());
        if (!engine.generate(request).tokens().equals(plain.tokens())) {
            throw new IllegalStateException("speculation changed the answer");
        }
    }

    private static EngineConfig.Builder config() {
        return EngineConfig.builder(MODELS.resolve("specoffload-demo-target-q8_0.gguf"))
                .contextLength(512)
                .slots(1)
                .threads(1);
    }

    @Benchmark
    public GenerationResult answer() {
        return engine.generate(request);
    }

    @TearDown
    public void release() {
        engine.close();
    }
}
