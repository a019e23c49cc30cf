package io.specoffload.spring.ai;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.specoffload.engine.GenerationResult;
import io.specoffload.engine.InferenceEngine;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.observation.ChatModelObservationContext;
import org.springframework.ai.chat.observation.ChatModelObservationConvention;
import org.springframework.ai.chat.observation.ChatModelObservationDocumentation;
import org.springframework.ai.chat.observation.DefaultChatModelObservationConvention;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import reactor.core.publisher.Flux;

/**
 * The engine as a Spring AI chat model. Thread-safe; many callers share the engine's rounds.
 *
 * <p>Finish reasons are {@code stop}, {@code length}, {@code tool_calls} and {@code cancelled}; the native usage is a
 * {@link SpecOffloadUsage}. Tool calls are returned, never executed here. The engine's own exceptions reach the caller
 * as they are: {@code EngineOverloadedException} where the queue is full, {@code ContextLengthExceededException} where
 * the prompt is too long.
 */
public final class SpecOffloadChatModel implements ChatModel {

    /** Metadata key of the model's whole reasoning, on an answer or the last chunk of a stream. */
    public static final String THINKING = "thinking";

    /** Metadata key of a piece of the model's reasoning, on a chunk of a stream. */
    public static final String THINKING_DELTA = "thinking-delta";

    /**
     * Response metadata key of the {@link SpecOffloadUsage} of the answer itself. A tool calling loop adds usages up and
     * then drops the native one; this stays.
     */
    public static final String GENERATION_USAGE = "generation-usage";

    private static final String PROVIDER = "specoffload";
    private static final ChatModelObservationConvention DEFAULT_CONVENTION =
            new DefaultChatModelObservationConvention();

    private final InferenceEngine engine;
    private final String model;
    private final SpecOffloadChatOptions options;
    private final Guard guard;
    private final ObservationRegistry observations;
    private final @Nullable ChatModelObservationConvention convention;
    private final Consumer<GenerationResult> results;

    private SpecOffloadChatModel(Builder builder) {
        engine = builder.engine;
        model = engine.info().target().name();
        options = builder.options.orElse(
                SpecOffloadChatOptions.builder().model(model).build());
        guard = builder.guard;
        observations = builder.observations;
        convention = builder.convention;
        results = builder.results;
    }

    public static Builder builder(InferenceEngine engine) {
        return new Builder(engine);
    }

    @Override
    public SpecOffloadChatOptions getOptions() {
        return options;
    }

    /** Interrupting the caller cancels the generation. */
    @Override
    public ChatResponse call(Prompt prompt) {
        SpecOffloadChatOptions merged = merge(prompt.getOptions());
        ChatModelObservationContext context = observationContext(prompt, merged, false);
        return Objects.requireNonNull(observation(context).observe(() -> {
            ChatResponse response = ResponseMapper.forModel(model).complete(await(events(prompt, merged)));
            context.setResponse(response);
            return response;
        }));
    }

    /** Cold: each subscription is one generation, and cancelling it cancels the generation. */
    @Override
    public Flux<ChatResponse> stream(Prompt prompt) {
        return Flux.deferContextual(subscriber -> {
            SpecOffloadChatOptions merged = merge(prompt.getOptions());
            ChatModelObservationContext context = observationContext(prompt, merged, true);
            Observation observation = observation(context);
            observation
                    .parentObservation(subscriber.getOrDefault(ObservationThreadLocalAccessor.KEY, null))
                    .start();
            AtomicBoolean stopped = new AtomicBoolean();
            Runnable stop = () -> {
                if (stopped.compareAndSet(false, true)) {
                    observation.stop();
                }
            };
            ResponseMapper mapper = ResponseMapper.forModel(model);
            return events(prompt, merged)
                    .map(event -> {
                        if (event instanceof GenerationEvent.Done(GenerationResult result)) {
                            // the whole answer, which an aggregation of the chunks would lose parts of
                            context.setResponse(mapper.complete(result));
                        }
                        return mapper.chunk(event);
                    })
                    .doOnError(observation::error)
                    // before the end is passed on, so that who waits for it finds the observation stopped
                    .doOnTerminate(stop)
                    .doOnCancel(stop)
                    .contextWrite(it -> it.put(ObservationThreadLocalAccessor.KEY, observation));
        });
    }

    private Flux<GenerationEvent> events(Prompt prompt, SpecOffloadChatOptions merged) {
        Flux<GenerationEvent> generation =
                Flux.defer(() -> GenerationEvent.of(engine, RequestMapper.request(prompt, merged)));
        return guard.protect(generation).doOnNext(event -> {
            if (event instanceof GenerationEvent.Done(GenerationResult result)) {
                results.accept(result);
            }
        });
    }

    /** Not {@code block()}, which refuses to wait on the threads of a reactive server. */
    private static GenerationResult await(Flux<GenerationEvent> events) {
        CompletableFuture<GenerationEvent> last = events.last().toFuture();
        try {
            return ((GenerationEvent.Done) last.get()).result();
        } catch (InterruptedException e) {
            last.cancel(true);
            Thread.currentThread().interrupt();
            var cancelled = new CancellationException("interrupted while the model was answering");
            cancelled.initCause(e);
            throw cancelled;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException("the model failed", e.getCause());
        }
    }

    /** Fills in defaults. Options of our own class come merged from ChatClient, others from anybody. */
    private SpecOffloadChatOptions merge(@Nullable ChatOptions given) {
        if (given == null) {
            return options;
        }
        return given instanceof SpecOffloadChatOptions own
                ? own.orElse(options)
                : options.mutate().combineWith(given.mutate()).build();
    }

    private static ChatModelObservationContext observationContext(
            Prompt prompt, SpecOffloadChatOptions merged, boolean streaming) {
        return ChatModelObservationContext.builder()
                .prompt(prompt.mutate().chatOptions(merged).build())
                .provider(PROVIDER)
                .streaming(streaming)
                .build();
    }

    private Observation observation(ChatModelObservationContext context) {
        return ChatModelObservationDocumentation.CHAT_MODEL_OPERATION.observation(
                convention, DEFAULT_CONVENTION, () -> context, observations);
    }

    /** Builds a model; only the engine is required. */
    public static final class Builder {
        private final InferenceEngine engine;
        private SpecOffloadChatOptions options =
                SpecOffloadChatOptions.builder().build();
        private Guard guard = Guard.none();
        private ObservationRegistry observations = ObservationRegistry.NOOP;
        private @Nullable ChatModelObservationConvention convention;
        private Consumer<GenerationResult> results = result -> {};

        private Builder(InferenceEngine engine) {
            this.engine = engine;
        }

        /** Used where a request sets nothing else. */
        public Builder defaultOptions(SpecOffloadChatOptions value) {
            options = value;
            return this;
        }

        public Builder guard(Guard value) {
            guard = value;
            return this;
        }

        public Builder observationRegistry(ObservationRegistry value) {
            observations = value;
            return this;
        }

        public Builder observationConvention(@Nullable ChatModelObservationConvention value) {
            convention = value;
            return this;
        }

        /** Hears of every generation that was not cut off by its caller; for meters. */
        public Builder resultListener(Consumer<GenerationResult> value) {
            results = value;
            return this;
        }

        public SpecOffloadChatModel build() {
            return new SpecOffloadChatModel(this);
        }
    }
}
