package io.specoffload.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.sampling.SamplingParameters;
import io.specoffload.testing.FamilyFiles;
import io.specoffload.testing.FamilyShape;
import io.specoffload.testing.RandomModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Speculation changes no token, whatever the architecture: random targets with drafts that have a layer less, texts that
 * outgrow every sliding window, several sequences at once.
 */
class FamiliesLosslessTest {

    private static final int NEW_TOKENS = 120;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @MethodSource("io.specoffload.testing.FamilyShape#families")
    void speculationChangesNothing(FamilyShape shape) throws IOException {
        Path target = FamilyFiles.write(shape, 5, folder.resolve("target.gguf"));
        Path draft = FamilyFiles.write(shape.withLayers(shape.layers() - 1), 5, folder.resolve("draft.gguf"));
        EngineConfig.Builder config = EngineConfig.builder(target)
                .contextLength(256)
                .kvType(EngineConfig.KvType.F32)
                .prefillChunk(11);
        List<GenerationRequest> requests = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            requests.add(request(i));
        }
        List<List<Integer>> expected = new ArrayList<>();
        try (SpecOffloadEngine plain =
                SpecOffloadEngine.open(config.slots(1).threads(1).candidates(0).build())) {
            for (GenerationRequest request : requests) {
                expected.add(plain.generate(request).tokens());
            }
        }
        int drafted = 0;
        int accepted = 0;
        try (SpecOffloadEngine speculating = SpecOffloadEngine.open(config.slots(3)
                .threads(2)
                .candidates(4)
                .adaptiveCandidates(false)
                .draftModel(draft)
                .build())) {
            List<Generation> generations = requests.stream()
                    .map(request -> speculating.submit(request, new GenerationListener() {}))
                    .toList();
            for (int i = 0; i < generations.size(); i++) {
                GenerationResult result = generations.get(i).result().join();
                assertThat(result.tokens())
                        .as("request %d", i)
                        .hasSize(NEW_TOKENS)
                        .isEqualTo(expected.get(i));
                drafted += result.usage().drafted();
                accepted += result.usage().accepted();
            }
        }
        // else nothing would have been accepted, or nothing taken back
        assertThat(accepted).isGreaterThan(20).isLessThan(drafted - 20);
    }

    /** Greedy and seeded in turn. */
    private static GenerationRequest request(int index) {
        int[] prompt = new Random(index)
                .ints(5 + 9 * index, 0, RandomModel.VOCABULARY - 2)
                .toArray();
        SamplingParameters sampling = index % 2 == 0
                ? SamplingParameters.greedy()
                : SamplingParameters.builder()
                        .temperature(0.8f)
                        .seed((long) index)
                        .build();
        return GenerationRequest.builder(new Prompt.Tokens(prompt))
                .sampling(sampling)
                .maxTokens(NEW_TOKENS)
                .ignoreEos(true)
                .build();
    }
}
