package io.specoffload.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.format.ModelFormatException;
import io.specoffload.pipeline.FinishReason;
import io.specoffload.sampling.SamplingParameters;
import io.specoffload.testing.TinyModels;
import io.specoffload.tokenizer.ChatMessage;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole engine on tiny random models. */
class SpecOffloadEngineTest {

    @TempDir
    private static Path folder;

    private static Path target;
    private static Path draft;

    @BeforeAll
    static void writeModels() {
        target = TinyModels.target(folder);
        draft = TinyModels.draft(folder);
    }

    private static EngineConfig.Builder config() {
        return EngineConfig.builder(target)
                .draftModel(draft)
                .contextLength(512)
                .slots(3)
                .threads(2)
                .prefillChunk(16)
                .warmUp(Duration.ZERO);
    }

    private static SamplingParameters seeded(long seed) {
        return SamplingParameters.builder().temperature(1).topK(40).seed(seed).build();
    }

    private static List<GenerationRequest> requests(int count, long seed) {
        Random random = new Random(seed);
        return IntStream.range(0, count)
                .mapToObj(i -> {
                    int[] prompt = IntStream.range(0, 1 + random.nextInt(40))
                            .map(j -> random.nextInt(256))
                            .toArray();
                    return GenerationRequest.builder(new Prompt.Tokens(prompt))
                            .sampling(i % 2 == 0 ? SamplingParameters.greedy() : seeded(i))
                            .maxTokens(1 + random.nextInt(30))
                            .build();
                })
                .toList();
    }

    private static List<List<Integer>> alone(List<GenerationRequest> requests) {
        try (SpecOffloadEngine engine =
                SpecOffloadEngine.open(config().draftModel(null).slots(1).build())) {
            return requests.stream()
                    .map(request -> engine.generate(request).tokens())
                    .toList();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 8})
    void theDraftModelChangesNothing(int slots) {
        List<GenerationRequest> requests = requests(100, slots);
        List<List<Integer>> expected = alone(requests);
        try (SpecOffloadEngine engine = SpecOffloadEngine.open(config().slots(slots)
                .queueCapacity(200)
                .adaptiveCandidates(false)
                .build())) {
            List<Generation> generations = requests.stream()
                    .map(request -> engine.submit(request, new GenerationListener() {}))
                    .toList();
            int accepted = 0;
            for (int i = 0; i < requests.size(); i++) {
                GenerationResult result = generations.get(i).result().join();
                assertThat(result.tokens()).as("request %d", i).isEqualTo(expected.get(i));
                accepted += result.usage().accepted();
            }
            assertThat(accepted).as("some candidates must have been accepted").isGreaterThan(20);
            assertThat(engine.statistics().kvPagesInUse()).isZero();
            assertThat(engine.statistics().completed()).isEqualTo(100);
        }
    }

    @Test
    void promptLookupChangesNothing() {
        List<GenerationRequest> requests = requests(40, 5);
        List<List<Integer>> expected = alone(requests);
        try (SpecOffloadEngine engine = SpecOffloadEngine.open(
                config().draftModel(null).promptLookup(true).build())) {
            for (int i = 0; i < requests.size(); i++) {
                assertThat(engine.generate(requests.get(i)).tokens())
                        .as("request %d", i)
                        .isEqualTo(expected.get(i));
            }
        }
    }

    @Test
    void manyCallersOfWhomAQuarterCancelGetTheirSoloAnswers() throws Exception {
        List<GenerationRequest> requests = requests(32, 77);
        List<List<Integer>> expected = alone(requests);
        try (SpecOffloadEngine engine = SpecOffloadEngine.open(
                        config().slots(6).queueCapacity(64).build());
                ExecutorService callers = Executors.newFixedThreadPool(32)) {
            CountDownLatch start = new CountDownLatch(1);
            List<Future<GenerationResult>> results = new ArrayList<>();
            for (int i = 0; i < requests.size(); i++) {
                GenerationRequest request = requests.get(i);
                boolean cancels = i % 4 == 3;
                int cancelAfter = i % 5;
                results.add(callers.submit(() -> {
                    start.await();
                    CountDownLatch pieces = new CountDownLatch(cancelAfter);
                    Generation generation = engine.submit(request, new GenerationListener() {
                        @Override
                        public void onText(String text) {
                            pieces.countDown();
                        }

                        @Override
                        public void onComplete(GenerationResult result) {
                            IntStream.range(0, cancelAfter).forEach(j -> pieces.countDown());
                        }
                    });
                    if (cancels) {
                        pieces.await();
                        generation.cancel();
                    }
                    return generation.result().get(60, TimeUnit.SECONDS);
                }));
            }
            start.countDown();
            for (int i = 0; i < requests.size(); i++) {
                GenerationResult result = results.get(i).get(60, TimeUnit.SECONDS);
                if (result.finishReason() == FinishReason.CANCELLED) {
                    assertThat(i % 4).isEqualTo(3);
                    assertThat(expected.get(i).subList(0, result.tokens().size()))
                            .isEqualTo(result.tokens());
                } else {
                    assertThat(result.tokens()).as("request %d", i).isEqualTo(expected.get(i));
                }
            }
            assertThat(engine.statistics().kvPagesInUse()).isZero();
            assertThat(engine.statistics().running()).isZero();
        }
    }

    @Test
    void textAndTokensAgreeAndTextStreams() {
        try (SpecOffloadEngine engine = SpecOffloadEngine.open(config().build())) {
            StringBuilder streamed = new StringBuilder();
            Generation generation = engine.submit(
                    GenerationRequest.builder(new Prompt.Text("hello"))
                            .maxTokens(20)
                            .build(),
                    new GenerationListener() {
                        @Override
                        public void onText(String text) {
                            streamed.append(text);
                        }
                    });
            GenerationResult result = generation.result().join();
            assertThat(streamed.toString()).isEqualTo(result.text());
            int[] tokens = result.tokens().stream().mapToInt(i -> i).toArray();
            assertThat(engine.tokenizer().decode(tokens, false)).isEqualTo(result.text());
            // BOS by the file's rule, then one token per letter
            assertThat(result.usage().promptTokens()).isEqualTo(6);
        }
    }

    @Test
    void aChatGoesThroughTheTemplate() {
        try (SpecOffloadEngine engine = SpecOffloadEngine.open(config().build())) {
            GenerationRequest chat = GenerationRequest.builder(
                            new Prompt.Chat(List.of(ChatMessage.user("hi")), List.of(), Map.of()))
                    .maxTokens(5)
                    .build();
            GenerationRequest text = GenerationRequest.builder(new Prompt.Text("user: hi\nassistant: "))
                    .maxTokens(5)
                    .build();
            assertThat(engine.generate(chat).tokens())
                    .isEqualTo(engine.generate(text).tokens());
        }
    }

    @Test
    void aListenerThatThrowsEndsItsOwnGenerationOnly() throws Exception {
        try (SpecOffloadEngine engine = SpecOffloadEngine.open(config().build())) {
            GenerationRequest endless = GenerationRequest.builder(new Prompt.Text("abc"))
                    .ignoreEos(true)
                    .build();
            Generation broken = engine.submit(endless, new GenerationListener() {
                @Override
                public void onText(String text) {
                    throw new IllegalStateException("no more");
                }
            });
            GenerationRequest other = GenerationRequest.builder(new Prompt.Text("xyz"))
                    .maxTokens(10)
                    .ignoreEos(true)
                    .build();
            assertThat(engine.generate(other).tokens()).hasSize(10);
            assertThat(broken.result().get(60, TimeUnit.SECONDS).finishReason())
                    .isIn(FinishReason.CANCELLED, FinishReason.LENGTH);
        }
    }

    @Test
    void aSlowListenerHoldsUpNobody() throws Exception {
        try (SpecOffloadEngine engine = SpecOffloadEngine.open(config().build())) {
            CountDownLatch release = new CountDownLatch(1);
            Generation slow = engine.submit(
                    GenerationRequest.builder(new Prompt.Text("abc"))
                            .maxTokens(5)
                            .ignoreEos(true)
                            .build(),
                    new GenerationListener() {
                        @Override
                        public void onText(String text) {
                            try {
                                release.await();
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        }
                    });
            GenerationRequest other = GenerationRequest.builder(new Prompt.Text("xyz"))
                    .maxTokens(10)
                    .ignoreEos(true)
                    .build();
            assertThat(engine.generate(other).tokens()).hasSize(10);
            assertThat(slow.result()).isNotDone();
            release.countDown();
            assertThat(slow.result().get(60, TimeUnit.SECONDS).tokens()).hasSize(5);
        }
    }

    @Test
    void badInputGetsOneClearError() throws Exception {
        try (SpecOffloadEngine engine =
                SpecOffloadEngine.open(config().contextLength(32).build())) {
            assertThatThrownBy(() -> engine.generate(GenerationRequest.builder(new Prompt.Tokens(new int[40]))
                            .build()))
                    .isInstanceOf(ContextLengthExceededException.class)
                    .hasMessageContaining("40")
                    .hasMessageContaining("32");
            assertThatThrownBy(() -> engine.generate(
                            GenerationRequest.builder(new Prompt.Tokens(1, 258)).build()))
                    .hasMessageContaining("258");
            assertThatThrownBy(() -> engine.generate(
                            GenerationRequest.builder(new Prompt.Tokens()).build()))
                    .hasMessageContaining("empty");
            assertThatThrownBy(() -> engine.generate(GenerationRequest.builder(new Prompt.Text("a"))
                            .outputSchema("{nonsense")
                            .build()))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> SpecOffloadEngine.open(
                        EngineConfig.builder(folder.resolve("absent.gguf")).build()))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("absent.gguf");
        Path rubbish = Files.writeString(folder.resolve("rubbish.gguf"), "this is no model, however long it may be");
        assertThatThrownBy(() ->
                        SpecOffloadEngine.open(EngineConfig.builder(rubbish).build()))
                .isInstanceOf(ModelFormatException.class);
    }

    @Test
    void theContextEndsAGenerationWithLength() {
        try (SpecOffloadEngine engine =
                SpecOffloadEngine.open(config().contextLength(32).build())) {
            GenerationResult result = engine.generate(GenerationRequest.builder(new Prompt.Tokens(1, 2, 3))
                    .ignoreEos(true)
                    .build());
            assertThat(result.tokens()).hasSize(29);
            assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
        }
    }

    @Test
    void aTimeoutCancels() {
        try (SpecOffloadEngine engine =
                SpecOffloadEngine.open(config().contextLength(2048).build())) {
            GenerationResult result = engine.generate(GenerationRequest.builder(new Prompt.Tokens(1, 2, 3))
                    .ignoreEos(true)
                    .timeout(Duration.ofMillis(1))
                    .build());
            assertThat(result.finishReason()).isEqualTo(FinishReason.CANCELLED);
        }
    }

    @Test
    void aClosedEngineRefuses() {
        SpecOffloadEngine engine = SpecOffloadEngine.open(config().build());
        engine.close();
        engine.close();
        assertThatThrownBy(() -> engine.generate(
                        GenerationRequest.builder(new Prompt.Text("a")).build()))
                .isInstanceOf(EngineClosedException.class);
    }

    @Test
    void theAnswerConformsToItsSchema() {
        try (SpecOffloadEngine engine = SpecOffloadEngine.open(config().build())) {
            String schema = """
                    {"type":"object","properties":{"name":{"type":"string","maxLength":8},
                     "size":{"enum":["small","large"]},"count":{"type":"integer"}},
                     "required":["name","size"],"additionalProperties":false}""";
            for (int i = 0; i < 10; i++) {
                GenerationResult result = engine.generate(GenerationRequest.builder(new Prompt.Text("item " + i))
                        .outputSchema(schema)
                        .sampling(i % 2 == 0 ? SamplingParameters.greedy() : seeded(i))
                        .maxTokens(200)
                        .build());
                if (result.finishReason() == FinishReason.STOP) {
                    var json = tools.jackson.databind.json.JsonMapper.shared().readTree(result.text());
                    assertThat(json.get("size").asString()).isIn("small", "large");
                    assertThat(json.get("name").isString()).isTrue();
                } else {
                    assertThat(result.text()).startsWith("{");
                }
            }
        }
    }
}
