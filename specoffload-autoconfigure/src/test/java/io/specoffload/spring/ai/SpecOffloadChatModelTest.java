package io.specoffload.spring.ai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.specoffload.engine.ContextLengthExceededException;
import io.specoffload.engine.EngineOverloadedException;
import io.specoffload.engine.GenerationRequest;
import io.specoffload.engine.GenerationResult;
import io.specoffload.pipeline.FinishReason;
import io.specoffload.spring.testing.ScriptedEngine;
import io.specoffload.tokenizer.ChatMessage;
import io.specoffload.tokenizer.ToolCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.MessageAggregator;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.Media;
import org.springframework.ai.tool.function.FunctionToolCallback;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.util.MimeTypeUtils;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

class SpecOffloadChatModelTest {

    private static final Prompt HELLO = new Prompt("Hello");

    private static GenerationRequest requestFor(SpecOffloadChatOptions defaults, Prompt prompt) {
        ScriptedEngine engine = ScriptedEngine.saying("ok");
        SpecOffloadChatModel.builder(engine).defaultOptions(defaults).build().call(prompt);
        return engine.requests().getFirst();
    }

    private static GenerationRequest requestFor(Prompt prompt) {
        return requestFor(SpecOffloadChatOptions.builder().build(), prompt);
    }

    @Test
    void answersWithTextUsageAndMetadata() {
        SpecOffloadChatModel model = SpecOffloadChatModel.builder(ScriptedEngine.saying("Hi ", "there"))
                .build();

        ChatResponse response = model.call(HELLO);

        assertThat(response.getResult().getOutput().getText()).isEqualTo("Hi there");
        assertThat(response.getResult().getMetadata().getFinishReason()).isEqualTo("stop");
        assertThat(response.getMetadata().getModel()).isEqualTo("scripted-target");
        assertThat(response.getMetadata().getId()).isNotBlank();
        assertThat(response.getMetadata().getUsage().getPromptTokens()).isEqualTo(7);
        assertThat(response.getMetadata().getUsage().getCompletionTokens()).isEqualTo(3);
        assertThat(response.getMetadata().getUsage().getTotalTokens()).isEqualTo(10);
        assertThat(response.getMetadata().getUsage().getNativeUsage())
                .isEqualTo(new SpecOffloadUsage(
                        7,
                        3,
                        3,
                        10,
                        8,
                        0.8,
                        20.0,
                        Duration.ofMillis(1),
                        Duration.ofMillis(20),
                        Duration.ofMillis(100)));
        assertThat(response.getMetadata().<SpecOffloadUsage>get(SpecOffloadChatModel.GENERATION_USAGE))
                .isEqualTo(response.getMetadata().getUsage().getNativeUsage());
    }

    @Test
    void streamsPiecesInOrderThenFinishReasonAndUsage() {
        SpecOffloadChatModel model = SpecOffloadChatModel.builder(ScriptedEngine.saying("a", "b", "c"))
                .build();

        List<ChatResponse> chunks = model.stream(HELLO).collectList().block();

        assertThat(chunks)
                .extracting(chunk -> chunk.getResult().getOutput().getText())
                .containsExactly("a", "b", "c", "");
        assertThat(chunks.getLast().getResult().getMetadata().getFinishReason()).isEqualTo("stop");
        assertThat(chunks.getLast().getMetadata().getUsage().getCompletionTokens())
                .isEqualTo(4);
        assertThat(chunks.getFirst().getMetadata().getUsage().getTotalTokens()).isZero();
        assertThat(chunks)
                .extracting(chunk -> chunk.getMetadata().getId())
                .containsOnly(chunks.getFirst().getMetadata().getId());
    }

    @Test
    void eachSubscriptionIsAGenerationOfItsOwn() {
        ScriptedEngine engine = ScriptedEngine.saying("x");
        Flux<ChatResponse> flux = SpecOffloadChatModel.builder(engine).build().stream(HELLO);

        assertThat(engine.requests()).isEmpty();
        flux.blockLast();
        flux.blockLast();

        assertThat(engine.requests()).hasSize(2);
    }

    @Test
    void aSlowSubscriberGetsEverythingItAsksForAndNoMore() {
        SpecOffloadChatModel model = SpecOffloadChatModel.builder(ScriptedEngine.saying("a", "b", "c"))
                .build();

        StepVerifier.create(
                        model.stream(HELLO).map(r -> r.getResult().getOutput().getText()), 0)
                .thenRequest(1)
                .expectNext("a")
                .thenRequest(2)
                .expectNext("b", "c")
                .thenRequest(1)
                .expectNext("")
                .verifyComplete();
    }

    @Test
    void cancellingTheStreamCancelsTheGeneration() throws InterruptedException {
        ScriptedEngine engine = new ScriptedEngine((request, turn) -> {
            turn.text("first");
            turn.completeWhenCancelled();
        });

        ChatResponse first =
                SpecOffloadChatModel.builder(engine).build().stream(HELLO).blockFirst();

        assertThat(first.getResult().getOutput().getText()).isEqualTo("first");
        assertThat(engine.turns().getFirst().awaitCancelled()).isTrue();
    }

    @Test
    void aFinishedGenerationIsNotCancelled() {
        ScriptedEngine engine = ScriptedEngine.saying("x");

        SpecOffloadChatModel.builder(engine).build().stream(HELLO).blockLast();

        assertThat(engine.turns().getFirst().isCancelled()).isFalse();
    }

    @Test
    void interruptingACallCancelsTheGeneration() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        ScriptedEngine engine = new ScriptedEngine((request, turn) -> {
            started.countDown();
            turn.completeWhenCancelled();
        });
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread caller = Thread.ofPlatform()
                .start(() -> failure.set(catchThrowable(
                        () -> SpecOffloadChatModel.builder(engine).build().call(HELLO))));

        assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();
        caller.interrupt();
        caller.join();

        assertThat(failure.get()).isInstanceOf(CancellationException.class);
        assertThat(engine.turns().getFirst().awaitCancelled()).isTrue();
    }

    @Test
    void callsMayBlockThreadsOfAReactiveServer() {
        SpecOffloadChatModel model =
                SpecOffloadChatModel.builder(ScriptedEngine.saying("ok")).build();
        CompletableFuture<String> answer = new CompletableFuture<>();

        Disposable task = Schedulers.parallel().schedule(() -> answer.complete(model.call("Hello")));

        assertThat(answer.join()).isEqualTo("ok");
        task.dispose();
    }

    @Test
    void engineExceptionsReachTheCallerAsTheyAre() {
        for (RuntimeException failure : List.of(
                new EngineOverloadedException("the queue is full"),
                new ContextLengthExceededException("600 tokens, but the context holds 512"),
                new IllegalStateException("a kernel failed"))) {
            SpecOffloadChatModel model = SpecOffloadChatModel.builder(
                            new ScriptedEngine((request, turn) -> turn.fail(failure)))
                    .build();

            assertThatThrownBy(() -> model.call(HELLO)).isSameAs(failure);
            StepVerifier.create(model.stream(HELLO))
                    .verifyErrorSatisfies(e -> assertThat(e).isSameAs(failure));
        }
    }

    @Test
    void toolCallsAreReturnedOnceWithTheirFinishReason() {
        ScriptedEngine engine = new ScriptedEngine((request, turn) -> {
            turn.text("Let me see.");
            turn.call("c1", "orderStatus", "{\"orderNumber\":\"17\"}");
            turn.complete(FinishReason.STOP);
        });
        SpecOffloadChatModel model = SpecOffloadChatModel.builder(engine).build();

        ChatResponse response = model.call(HELLO);
        List<ChatResponse> chunks = model.stream(HELLO).collectList().block();

        var expected = new AssistantMessage.ToolCall("c1", "function", "orderStatus", "{\"orderNumber\":\"17\"}");
        assertThat(response.getResult().getOutput().getToolCalls()).containsExactly(expected);
        assertThat(response.getResult().getMetadata().getFinishReason()).isEqualTo("tool_calls");
        assertThat(chunks.stream().flatMap(chunk -> chunk.getResult().getOutput().getToolCalls().stream()))
                .containsExactly(expected);
        assertThat(chunks.getLast().getResult().getMetadata().getFinishReason()).isEqualTo("tool_calls");
    }

    @Test
    void otherFinishReasonsKeepTheirNames() {
        for (FinishReason reason : List.of(FinishReason.LENGTH, FinishReason.CANCELLED)) {
            SpecOffloadChatModel model = SpecOffloadChatModel.builder(
                            new ScriptedEngine((request, turn) -> turn.complete(reason)))
                    .build();

            assertThat(model.call(HELLO).getResult().getMetadata().getFinishReason())
                    .isEqualTo(reason.label());
        }
    }

    @Test
    void reasoningIsMetadataAndNotText() {
        ScriptedEngine engine = new ScriptedEngine((request, turn) -> {
            turn.reasoning("hm, ");
            turn.reasoning("yes");
            turn.text("Yes.");
            turn.complete(FinishReason.STOP);
        });
        SpecOffloadChatModel model = SpecOffloadChatModel.builder(engine).build();
        AtomicReference<ChatResponse> aggregated = new AtomicReference<>();
        List<String> pieces = new ArrayList<>();

        ChatResponse response = model.call(HELLO);
        new MessageAggregator()
                .aggregate(model.stream(HELLO), aggregated::set)
                .doOnNext(chunk -> {
                    String piece = chunk.getResult().getMetadata().get(SpecOffloadChatModel.THINKING_DELTA);
                    if (piece != null) {
                        pieces.add(piece);
                    }
                })
                .blockLast();

        assertThat(pieces).containsExactly("hm, ", "yes");
        for (ChatResponse whole : List.of(response, aggregated.get())) {
            assertThat(whole.getResult().getOutput().getText()).isEqualTo("Yes.");
            assertThat(whole.getResult().getMetadata().<String>get(SpecOffloadChatModel.THINKING))
                    .isEqualTo("hm, yes");
            assertThat(whole.getResult().getOutput().getMetadata())
                    .containsEntry(SpecOffloadChatModel.THINKING, "hm, yes");
        }
    }

    @Test
    void everyKindOfMessageIsMapped() {
        var call = new AssistantMessage.ToolCall("c1", "function", "calendar", "{}");
        GenerationRequest request = requestFor(new Prompt(List.of(
                new SystemMessage("Be brief."),
                new UserMessage("What is on?"),
                AssistantMessage.builder().content("").toolCalls(List.of(call)).build(),
                ToolResponseMessage.builder()
                        .responses(List.of(
                                new ToolResponseMessage.ToolResponse("c1", "calendar", "[]"),
                                new ToolResponseMessage.ToolResponse("c2", "clock", "12")))
                        .build(),
                new AssistantMessage("Nothing."))));

        assertThat(((io.specoffload.engine.Prompt.Chat) request.prompt()).messages())
                .containsExactly(
                        ChatMessage.system("Be brief."),
                        ChatMessage.user("What is on?"),
                        ChatMessage.assistant("", List.of(new ToolCall("c1", "calendar", "{}"))),
                        ChatMessage.tool("c1", "calendar", "[]"),
                        ChatMessage.tool("c2", "clock", "12"),
                        ChatMessage.assistant("Nothing.", List.of()));
    }

    @Test
    void mediaAreRefused() {
        var picture = UserMessage.builder()
                .text("What is this?")
                .media(new Media(MimeTypeUtils.IMAGE_PNG, new ByteArrayResource(new byte[] {1})))
                .build();

        assertThatThrownBy(() -> requestFor(new Prompt(picture)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("media");
    }

    @Test
    void everyOptionReachesTheEngine() {
        var tool = FunctionToolCallback.builder("double", (Integer i) -> 2 * i)
                .description("Doubles")
                .inputType(Integer.class)
                .build();
        GenerationRequest request = requestFor(new Prompt(
                "Hello",
                SpecOffloadChatOptions.builder()
                        .temperature(0.7)
                        .topK(20)
                        .topP(0.9)
                        .minP(0.05)
                        .repetitionPenalty(1.2)
                        .presencePenalty(0.3)
                        .frequencyPenalty(0.4)
                        .logitBias(Map.of(5, -1f))
                        .seed(99L)
                        .maxTokens(12)
                        .stopSequences(List.of("END"))
                        .speculation(false)
                        .timeout(Duration.ofSeconds(3))
                        .outputSchema("{\"type\":\"object\"}")
                        .templateVariables(Map.of("enable_thinking", true))
                        .toolCallbacks(tool)
                        .build()));

        var sampling = request.sampling();
        assertThat(sampling.temperature()).isEqualTo(0.7f);
        assertThat(sampling.topK()).isEqualTo(20);
        assertThat(sampling.topP()).isEqualTo(0.9f);
        assertThat(sampling.minP()).isEqualTo(0.05f);
        assertThat(sampling.repetitionPenalty()).isEqualTo(1.2f);
        assertThat(sampling.presencePenalty()).isEqualTo(0.3f);
        assertThat(sampling.frequencyPenalty()).isEqualTo(0.4f);
        assertThat(sampling.logitBias()).containsEntry(5, -1f);
        assertThat(sampling.seed()).isEqualTo(99L);
        assertThat(request.maxTokens()).isEqualTo(12);
        assertThat(request.stop()).containsExactly("END");
        assertThat(request.speculate()).isFalse();
        assertThat(request.timeout()).isEqualTo(Duration.ofSeconds(3));
        assertThat(request.outputSchema()).isEqualTo("{\"type\":\"object\"}");
        var chat = (io.specoffload.engine.Prompt.Chat) request.prompt();
        assertThat(chat.variables()).containsEntry("enable_thinking", true);
        assertThat(chat.tools()).singleElement().satisfies(definition -> {
            assertThat(definition.name()).isEqualTo("double");
            assertThat(definition.description()).isEqualTo("Doubles");
            assertThat(definition.parameters()).contains("integer");
        });
    }

    @Test
    void withoutOptionsDecodingIsGreedyAndSpeculates() {
        GenerationRequest request = requestFor(HELLO);

        assertThat(request.sampling().isGreedy()).isTrue();
        assertThat(request.speculate()).isTrue();
        assertThat(request.maxTokens()).isNull();
    }

    @Test
    void portableOptionsAreMergedWithTheDefaults() {
        GenerationRequest request = requestFor(
                SpecOffloadChatOptions.builder().topK(8).maxTokens(100).build(),
                new Prompt(
                        "Hello",
                        ChatOptions.builder().temperature(0.5).maxTokens(5).build()));

        assertThat(request.sampling().temperature()).isEqualTo(0.5f);
        assertThat(request.sampling().topK()).isEqualTo(8);
        assertThat(request.maxTokens()).isEqualTo(5);
    }

    @Test
    void ownOptionsAreFilledInFromTheDefaults() {
        GenerationRequest request = requestFor(
                SpecOffloadChatOptions.builder()
                        .topK(8)
                        .stopSequences(List.of("END"))
                        .build(),
                new Prompt("Hello", SpecOffloadChatOptions.builder().seed(1L).build()));

        assertThat(request.sampling().topK()).isEqualTo(8);
        assertThat(request.sampling().seed()).isEqualTo(1L);
        assertThat(request.stop()).containsExactly("END");
    }

    @Test
    void resultsAreReportedToTheListener() {
        List<GenerationResult> results = new ArrayList<>();
        SpecOffloadChatModel model = SpecOffloadChatModel.builder(ScriptedEngine.saying("x"))
                .resultListener(results::add)
                .build();

        model.call(HELLO);
        model.stream(HELLO).blockLast();

        assertThat(results).hasSize(2).allSatisfy(r -> assertThat(r.text()).isEqualTo("x"));
    }

    @Test
    void impossibleOptionsAreNamed() {
        assertThatThrownBy(() -> requestFor(new Prompt(
                        "Hello", ChatOptions.builder().temperature(-1.0).build())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("temperature");
    }
}
