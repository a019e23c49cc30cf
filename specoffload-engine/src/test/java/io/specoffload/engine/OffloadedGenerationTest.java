package io.specoffload.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.store.WeightReadException;
import io.specoffload.telemetry.SweepStatistics;
import io.specoffload.testing.TinyModels;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A target larger than its memory budget, end to end. */
class OffloadedGenerationTest {

    @TempDir
    private Path folder;

    private Path target;
    private Path draft;

    @BeforeEach
    void models() {
        target = TinyModels.write(folder.resolve("target.gguf"), new TinyModels.Size(6, 128, 4, 2, 11));
        draft = TinyModels.write(folder.resolve("draft.gguf"), new TinyModels.Size(1, 128, 4, 2, 11));
    }

    private EngineConfig.Builder config() {
        return EngineConfig.builder(target)
                .contextLength(64)
                .slots(1)
                .prefillChunk(8)
                .candidates(2)
                .threads(1);
    }

    private static GenerationRequest request() {
        return GenerationRequest.builder(new Prompt.Text("a model larger than memory"))
                .maxTokens(24)
                .ignoreEos(true)
                .build();
    }

    private static List<Integer> tokens(EngineConfig config) {
        try (SpecOffloadEngine engine = SpecOffloadEngine.open(config)) {
            return engine.generate(request()).tokens();
        }
    }

    private long smallest(EngineConfig.Builder builder) {
        EngineConfig tiny = builder.memoryBudget(1L).build();
        return catchThrowableOfType(MemoryBudgetException.class, () -> SpecOffloadEngine.open(tiny))
                .smallestBudget();
    }

    @Test
    void theBudgetHoldsAndChangesNoToken() {
        List<Integer> expected = tokens(config().build());
        long smallest = smallest(config());
        int streamed = 0;
        for (long budget = smallest; streamed == (budget - smallest) / 1_000_000; budget += 1_000_000) {
            try (SpecOffloadEngine engine =
                    SpecOffloadEngine.open(config().memoryBudget(budget).build())) {
                assertThat(engine.memory().totalBytes()).isLessThanOrEqualTo(budget);
                assertThat(engine.generate(request()).tokens()).isEqualTo(expected);
                streamed += engine.memory().streams() ? 1 : 0;
                assertThat(engine.streaming().isPresent())
                        .isEqualTo(engine.memory().streams());
            }
        }
        assertThat(streamed).isGreaterThanOrEqualTo(2);
    }

    @Test
    void draftingAndStreamingTogetherChangeNoToken() {
        List<Integer> expected = tokens(config().build());
        long smallest = smallest(config().draftModel(draft));
        for (long staging : new long[] {1, 300_000}) {
            EngineConfig streamed = config().draftModel(draft)
                    .stagingBytes(staging)
                    .memoryBudget(smallest + 2_500_000)
                    .build();
            try (SpecOffloadEngine engine = SpecOffloadEngine.open(streamed)) {
                assertThat(engine.memory().streams()).isTrue();
                assertThat(engine.generate(request()).tokens()).isEqualTo(expected);
                assertThat(engine.streaming().orElseThrow().readAheadBytes())
                        .isEqualTo(engine.memory().items().get("staging buffers"))
                        .isBetween(staging / 2, Math.max(staging, 200_000));
            }
        }
    }

    @Test
    void stagingMayBeGivenInLayers() {
        long smallest = smallest(config().draftModel(draft));
        long[] staging = new long[2];
        for (int i = 0; i < 2; i++) {
            EngineConfig streamed = config().draftModel(draft)
                    .stagingLayers(2 + 4 * i)
                    .memoryBudget(smallest + 2_500_000)
                    .build();
            try (SpecOffloadEngine engine = SpecOffloadEngine.open(streamed)) {
                assertThat(engine.memory().streams()).isTrue();
                staging[i] = engine.memory().items().get("staging buffers");
            }
        }
        assertThat(staging[1]).isGreaterThan(staging[0]);
    }

    @Test
    void aBudgetThatIsTooSmallIsRefusedWithTheArithmetic() {
        long smallest = smallest(config());
        assertThatThrownBy(() -> SpecOffloadEngine.open(
                        config().memoryBudget(smallest - 1).build()))
                .isInstanceOf(MemoryBudgetException.class)
                .hasMessageContaining("too small")
                .hasMessageContaining("KV cache")
                .hasMessageContaining("least of the target")
                .hasMessageContaining(smallest + " bytes");
        assertThat(readers()).isEmpty();
    }

    @Test
    void liveFiguresAddUp() {
        long smallest = smallest(config());
        try (SpecOffloadEngine engine =
                SpecOffloadEngine.open(config().memoryBudget(smallest).build())) {
            engine.generate(request());
            var monitor = engine.streaming().orElseThrow();
            SweepStatistics sweep = monitor.lastSweep();
            assertThat(StreamingState.of(engine)).hasValueSatisfying(state -> {
                assertThat(state.bytesPerSweep()).isEqualTo(monitor.bytesPerSweep());
                assertThat(state.stagingBytes()).isEqualTo(monitor.readAheadBytes());
                assertThat(state.lastSweep()).isEqualTo(sweep);
                assertThat(state.guesses()).as("a dense model").isNull();
            });
            assertThat(sweep.number()).isEqualTo(monitor.counters().sweeps()).isPositive();
            assertThat(sweep.computeSeconds() + sweep.stallSeconds()).isCloseTo(sweep.sweepSeconds(), within(1e-9));
            assertThat(monitor.counters().physicalBytes())
                    .isGreaterThanOrEqualTo(monitor.counters().usefulBytes())
                    .isGreaterThanOrEqualTo(sweep.number() * monitor.bytesPerSweep());
            assertThat(monitor.timeline().spans()).isNotEmpty();
            assertThat(monitor.measureDirectReads()).isPositive();
        }
    }

    @Test
    void aFileThatShrinksFailsTheRequestsAndNothingElse() throws IOException {
        long smallest = smallest(config());
        try (SpecOffloadEngine engine =
                SpecOffloadEngine.open(config().memoryBudget(smallest).build())) {
            assertThat(engine.generate(request()).tokens()).hasSize(24);
            try (FileChannel channel = FileChannel.open(target, StandardOpenOption.WRITE)) {
                channel.truncate(channel.size() / 2);
            }
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> engine.generate(request()))
                        .isInstanceOf(WeightReadException.class)
                        .hasMessageContaining("target.gguf");
            }
            assertThat(engine.statistics().failed()).isEqualTo(2);
        }
        assertThat(readers()).isEmpty();
    }

    @Test
    void closingWhileStreamingLeavesNoThread() throws Exception {
        long smallest = smallest(config());
        // a slow disk: the request is still running when the engine is closed
        EngineConfig slow = config().memoryBudget(smallest).readRate(2_000_000).build();
        SpecOffloadEngine engine = SpecOffloadEngine.open(slow);
        Generation running = engine.submit(request(), new GenerationListener() {});
        engine.close();
        assertThat(running.result().get(10, TimeUnit.SECONDS).finishReason().label())
                .isIn("cancelled", "error");
        assertThat(readers()).isEmpty();
    }

    private static List<String> readers() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("specoffload-read"))
                .toList();
    }
}
