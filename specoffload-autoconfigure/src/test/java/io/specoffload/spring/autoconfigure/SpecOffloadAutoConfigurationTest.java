package io.specoffload.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.engine.EngineConfig;
import io.specoffload.engine.InferenceEngine;
import io.specoffload.engine.ModelPairException;
import io.specoffload.engine.OffloadSettings;
import io.specoffload.engine.Planning;
import io.specoffload.engine.Planning.Knob;
import io.specoffload.format.ModelFormatException;
import io.specoffload.plan.Demand;
import io.specoffload.spring.ai.Guard;
import io.specoffload.spring.ai.SpecOffloadChatModel;
import io.specoffload.spring.testing.ScriptedEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class SpecOffloadAutoConfigurationTest {

    @TempDir
    Path folder;

    private final List<EngineConfig> opened = new ArrayList<>();
    private final ScriptedEngine engine = ScriptedEngine.saying("ok");
    private ApplicationContextRunner runner;

    @BeforeEach
    void prepare() throws IOException {
        Path target = Files.createFile(folder.resolve("target.gguf"));
        runner = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(ownAutoConfigurations()))
                .withBean(EngineFactory.class, () -> config -> {
                    opened.add(config);
                    return engine;
                })
                .withPropertyValues("spring.ai.specoffload.target.model=" + target);
    }

    /** All that the module registers, so that none is forgotten here. */
    static Class<?>[] ownAutoConfigurations() {
        ClassLoader loader = SpecOffloadAutoConfigurationTest.class.getClassLoader();
        return ImportCandidates.load(AutoConfiguration.class, loader).getCandidates().stream()
                .filter(name -> name.startsWith("io.specoffload."))
                .map(name -> org.springframework.util.ClassUtils.resolveClassName(name, loader))
                .toArray(Class<?>[]::new);
    }

    private static String analyze(AssertableApplicationContext context) {
        FailureAnalysis analysis = new SpecOffloadFailureAnalyzer().analyze(context.getStartupFailure());
        assertThat(analysis).isNotNull();
        return analysis.getDescription() + "\n" + analysis.getAction();
    }

    @Test
    void createsAChatModelOnTheEngine() {
        runner.run(context -> {
            assertThat(context).hasSingleBean(ChatModel.class).hasSingleBean(InferenceEngine.class);
            assertThat(context.getBean(SpecOffloadChatModel.class).call("Hello"))
                    .isEqualTo("ok");
        });
    }

    @Test
    void pipelineDefaultsAreTheEnginesWithAWarmUp() {
        runner.run(context -> assertThat(opened)
                .containsExactly(EngineConfig.builder(folder.resolve("target.gguf"))
                        .warmUp(Duration.ofSeconds(3))
                        .planning(new Planning(
                                null,
                                Demand.TYPICAL,
                                Set.of(Knob.STAGING, Knob.CANDIDATES, Knob.PREFILL_CHUNK, Knob.KV_TYPE_TO_FIT)))
                        .build()));
    }

    @Test
    void thePlannerMayChooseTheCachesTypeOnlyWhereItIsLeftToIt() {
        runner.withPropertyValues("spring.ai.specoffload.pipeline.kv-type=auto")
                .run(context -> assertThat(opened).singleElement().satisfies(config -> {
                    assertThat(config.kvType()).isEqualTo(EngineConfig.KvType.F16);
                    assertThat(config.planning().open()).contains(Knob.KV_TYPE).doesNotContain(Knob.KV_TYPE_TO_FIT);
                }));
    }

    @Test
    void bindsEveryPipelineProperty() throws IOException {
        Path draft = Files.createFile(folder.resolve("draft.gguf"));
        runner.withPropertyValues(
                        "spring.ai.specoffload.draft.model=" + draft.toUri(),
                        "spring.ai.specoffload.pipeline.context-length=1024",
                        "spring.ai.specoffload.pipeline.slots=2",
                        "spring.ai.specoffload.pipeline.queue-capacity=3",
                        "spring.ai.specoffload.pipeline.threads=5",
                        "spring.ai.specoffload.pipeline.candidates=6",
                        "spring.ai.specoffload.pipeline.groups=2",
                        "spring.ai.specoffload.pipeline.prompt-lookup=true",
                        "spring.ai.specoffload.pipeline.prefill-chunk=7",
                        "spring.ai.specoffload.pipeline.kv-type=q8_0",
                        "spring.ai.specoffload.pipeline.kernels=scalar",
                        "spring.ai.specoffload.pipeline.warm-up=250ms",
                        "spring.ai.specoffload.memory.host=3MB",
                        "spring.ai.specoffload.memory.staging=4KB",
                        "spring.ai.specoffload.memory.read-rate=1KB",
                        "spring.ai.specoffload.planner.prompt-length=99",
                        "spring.ai.specoffload.planner.output-length=88",
                        "spring.ai.specoffload.planner.acceptance=0.6",
                        "spring.ai.specoffload.planner.objective=latency",
                        "spring.ai.specoffload.planner.most-time-per-token=250ms",
                        "spring.ai.specoffload.planner.most-pause=2s")
                .run(context -> assertThat(opened)
                        .containsExactly(new EngineConfig(
                                folder.resolve("target.gguf"),
                                draft,
                                1024,
                                2,
                                3,
                                5,
                                6,
                                true,
                                EngineConfig.Groups.TWO,
                                false,
                                true,
                                7,
                                EngineConfig.KvType.Q8_0,
                                EngineConfig.KernelChoice.SCALAR,
                                new OffloadSettings(3L << 20, 4096, 0, 1024),
                                Duration.ofMillis(250),
                                new Planning(
                                        null,
                                        new Demand(99, 88, 2, 0.6, Demand.Objective.LATENCY, 0.25, 2.0),
                                        Set.of(Knob.STAGING, Knob.DRAFT_MODEL)))));
    }

    @Test
    void bindsEveryChatProperty() {
        String chat = "spring.ai.specoffload.chat.";
        runner.withPropertyValues(
                        chat + "temperature=0.5",
                        chat + "max-tokens=9",
                        chat + "top-k=8",
                        chat + "top-p=0.7",
                        chat + "min-p=0.1",
                        chat + "repetition-penalty=1.1",
                        chat + "presence-penalty=0.2",
                        chat + "frequency-penalty=0.3",
                        chat + "seed=77",
                        chat + "stop-sequences=END,STOP",
                        chat + "speculation=false",
                        chat + "timeout=2m")
                .run(context -> {
                    var options = context.getBean(SpecOffloadChatModel.class).getOptions();
                    assertThat(options.getTemperature()).isEqualTo(0.5);
                    assertThat(options.getMaxTokens()).isEqualTo(9);
                    assertThat(options.getTopK()).isEqualTo(8);
                    assertThat(options.getTopP()).isEqualTo(0.7);
                    assertThat(options.getMinP()).isEqualTo(0.1);
                    assertThat(options.getRepetitionPenalty()).isEqualTo(1.1);
                    assertThat(options.getPresencePenalty()).isEqualTo(0.2);
                    assertThat(options.getFrequencyPenalty()).isEqualTo(0.3);
                    assertThat(options.getSeed()).isEqualTo(77);
                    assertThat(options.getStopSequences()).containsExactly("END", "STOP");
                    assertThat(options.getSpeculation()).isFalse();
                    assertThat(options.getTimeout()).isEqualTo(Duration.ofMinutes(2));
                    assertThat(options.getModel()).isEqualTo("scripted-target");
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "ollama"})
    void staysAwayWhereAnotherProviderIsChosen(String provider) {
        runner.withPropertyValues("spring.ai.model.chat=" + provider).run(context -> {
            assertThat(context).hasNotFailed().doesNotHaveBean(ChatModel.class).doesNotHaveBean(Guard.class);
            assertThat(context).doesNotHaveBean(InferenceEngine.class);
            assertThat(opened).isEmpty();
        });
    }

    @Test
    void isChosenByItsName() {
        runner.withPropertyValues("spring.ai.model.chat=specoffload")
                .run(context -> assertThat(context).hasSingleBean(SpecOffloadChatModel.class));
    }

    @Test
    void backsOffFromTheApplicationsOwnBeans() {
        ScriptedEngine own = ScriptedEngine.saying("own");
        SpecOffloadChatModel model = SpecOffloadChatModel.builder(own).build();
        runner.withBean(InferenceEngine.class, () -> own)
                .withBean(SpecOffloadChatModel.class, () -> model)
                .run(context -> {
                    assertThat(opened).isEmpty();
                    assertThat(context.getBean(ChatModel.class)).isSameAs(model);
                });
    }

    @Test
    void aModelThatIsNotSetIsNamed() {
        runner.withPropertyValues("spring.ai.specoffload.target.model=")
                .run(context -> assertThat(analyze(context))
                        .contains("spring.ai.specoffload.target.model is not set", "spring.ai.model.chat"));
    }

    @Test
    void aModelThatDoesNotExistIsNamed() {
        runner.withPropertyValues("spring.ai.specoffload.draft.model=/nowhere/draft.gguf")
                .run(context -> assertThat(analyze(context))
                        .contains("spring.ai.specoffload.draft.model", "/nowhere/draft.gguf", "no such file"));
        runner.withPropertyValues("spring.ai.specoffload.target.model=classpath:nowhere.gguf")
                .run(context -> assertThat(analyze(context))
                        .contains("spring.ai.specoffload.target.model", "classpath:nowhere.gguf", "no such resource"));
    }

    @Test
    void aDamagedModelIsExplained() {
        failing(new ModelFormatException("tensor blk.0.attn_q.weight lies outside of the file"))
                .run(context -> assertThat(analyze(context))
                        .contains("blk.0.attn_q.weight", "spring.ai.specoffload.target.model", "target.gguf"));
    }

    @Test
    void aVocabularyMismatchIsExplained() {
        failing(new ModelPairException("token 17 is \"a\" in one and \"b\" in the other"))
                .run(context -> assertThat(analyze(context))
                        .contains("token 17", "spring.ai.specoffload.draft.model", "leave it empty"));
    }

    private ApplicationContextRunner failing(RuntimeException failure) {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(SpecOffloadAutoConfiguration.class))
                .withBean(EngineFactory.class, () -> config -> {
                    throw failure;
                })
                .withPropertyValues("spring.ai.specoffload.target.model=" + folder.resolve("target.gguf"));
    }

    @ParameterizedTest
    @CsvSource({
        "pipeline.slots, 0",
        "pipeline.queue-capacity, -1",
        "pipeline.threads, -1",
        "pipeline.candidates, 65",
        "planner.prompt-length, -1",
        "planner.output-length, 0",
        "planner.acceptance, 1.5",
        "planner.most-time-per-token, 0s",
        "planner.most-pause, -1s",
        "pipeline.groups, 3",
        "pipeline.prefill-chunk, 0",
        "pipeline.context-length, 0",
        "chat.temperature, -0.1",
        "chat.temperature, NaN",
        "chat.top-p, 0",
        "chat.top-k, -1",
        "chat.min-p, 1.5",
        "chat.max-tokens, 0",
        "chat.repetition-penalty, 0",
        "chat.presence-penalty, Infinity",
        "chat.timeout, -1s"
    })
    void anImpossibleValueFailsTheStartByName(String name, String value) {
        String property = "spring.ai.specoffload." + name;
        runner.withPropertyValues(property + "=" + value)
                .run(context -> assertThat(analyze(context))
                        .contains("The property " + property + " is ", "Set " + property + " to "));
    }

    @ParameterizedTest
    @CsvSource({"pipeline.slots, many", "pipeline.kv-type, f8", "chat.timeout, soon"})
    void aValueOfTheWrongTypeFailsTheStartByName(String name, String value) {
        String property = "spring.ai.specoffload." + name;
        runner.withPropertyValues(property + "=" + value)
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .satisfies(
                                cause -> assertThat(context.getStartupFailure()).hasStackTraceContaining(property)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"pipline.slots", "pipeline.slot", "chat.temperatur", "target.modell", "modell"})
    void anUnknownPropertyFailsTheStartByName(String name) {
        runner.withPropertyValues("spring.ai.specoffload." + name + "=1")
                .run(context -> assertThat(context.getStartupFailure())
                        .hasStackTraceContaining("spring.ai.specoffload." + name)
                        .hasStackTraceContaining("left unbound"));
    }

    @Test
    void worksWithoutActuatorMicrometerMetricsAndResilience4j() {
        runner.withClassLoader(new FilteredClassLoader(
                        "org.springframework.boot.actuate",
                        "org.springframework.boot.health",
                        "io.micrometer.core",
                        "io.github.resilience4j"))
                .run(context -> {
                    assertThat(context).hasNotFailed().hasSingleBean(ChatModel.class);
                    assertThat(context).doesNotHaveBean(Guard.class).doesNotHaveBean(SpecOffloadEndpoint.class);
                });
    }

    @Test
    void shutdownCancelsWhatRunsAndClosesTheEngine() throws InterruptedException {
        ScriptedEngine endless = new ScriptedEngine((request, turn) -> {
            turn.text("first");
            turn.completeWhenCancelled();
        });
        List<ChatResponse> chunks = new ArrayList<>();
        runner.withBean(InferenceEngine.class, () -> endless).run(context -> {
            var model = context.getBean(SpecOffloadChatModel.class);
            var first = new java.util.concurrent.CountDownLatch(1);
            var last = new java.util.concurrent.CountDownLatch(1);
            model.stream(new Prompt("Hello"))
                    .doOnNext(chunk -> {
                        chunks.add(chunk);
                        first.countDown();
                    })
                    .doFinally(signal -> last.countDown())
                    .subscribe();
            assertThat(first.await(10, java.util.concurrent.TimeUnit.SECONDS)).isTrue();

            context.close();

            assertThat(last.await(10, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
        });

        assertThat(chunks.getLast().getResult().getMetadata().getFinishReason()).isEqualTo("cancelled");
        assertThat(endless.isClosed()).isTrue();
    }

    @Test
    void theEngineStopsAfterTheWebServer() {
        assertThat(new EngineLifecycle(engine).getPhase())
                .isLessThan(org.springframework.context.SmartLifecycle.DEFAULT_PHASE - 2048);
    }
}
