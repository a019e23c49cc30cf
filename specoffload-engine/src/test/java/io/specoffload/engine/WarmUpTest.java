package io.specoffload.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.sampling.SamplingParameters;
import io.specoffload.testing.TinyModels;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WarmUpTest {

    @TempDir
    static Path folder;

    private static Path target;
    private static Path draft;

    @BeforeAll
    static void writeModels() {
        target = TinyModels.target(folder);
        draft = TinyModels.draft(folder);
    }

    private static EngineConfig config(Duration warmUp, int context) {
        return EngineConfig.builder(target)
                .draftModel(draft)
                .contextLength(context)
                .slots(2)
                .threads(2)
                .prefillChunk(16)
                .warmUp(warmUp)
                .build();
    }

    private static GenerationResult generate(SpecOffloadEngine engine) {
        return engine.generate(GenerationRequest.builder(new Prompt.Text("A warm engine"))
                .sampling(SamplingParameters.builder().temperature(1).seed(5L).build())
                .maxTokens(40)
                .build());
    }

    @Test
    void aWarmEngineSaysWhatAColdOneSays() {
        try (SpecOffloadEngine cold = SpecOffloadEngine.open(config(Duration.ZERO, 256));
                SpecOffloadEngine warm = SpecOffloadEngine.open(config(Duration.ofMillis(300), 256))) {
            assertThat(cold.statistics().warmUpSeconds()).isZero();
            assertThat(warm.statistics().warmUpSeconds()).isPositive();
            assertThat(generate(warm).tokens()).isEqualTo(generate(cold).tokens());
        }
    }

    @Test
    void warmingUpLeavesNoTrace() {
        try (SpecOffloadEngine engine = SpecOffloadEngine.open(config(Duration.ofMillis(300), 256))) {
            EngineStatistics after = engine.statistics();
            assertThat(after)
                    .isEqualTo(new EngineStatistics(
                            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, after.kvPages(), after.warmUpSeconds()));
        }
    }

    /** There may be room for no prompt, or no candidate. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 6})
    void shortContextsAreNotExceeded(int context) {
        try (SpecOffloadEngine engine = SpecOffloadEngine.open(config(Duration.ofMillis(50), context))) {
            assertThat(engine.statistics().kvPagesInUse()).isZero();
        }
    }

    @Test
    void aNegativeTimeIsRefused() {
        assertThatThrownBy(() -> config(Duration.ofMillis(-1), 256))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("warmUp");
    }
}
