package io.specoffload.spring.ai;

import io.specoffload.engine.GenerationListener;
import io.specoffload.engine.GenerationRequest;
import io.specoffload.engine.GenerationResult;
import io.specoffload.engine.InferenceEngine;
import io.specoffload.tokenizer.ToolCall;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;

/** What the engine reports about one generation, as a stream that ends with {@link Done}. */
sealed interface GenerationEvent {

    /** A piece of the answer. */
    record Text(String text) implements GenerationEvent {}

    /** A piece of the model's reasoning. */
    record Reasoning(String text) implements GenerationEvent {}

    /** A complete tool call. */
    record Call(ToolCall call) implements GenerationEvent {}

    /** The end. */
    record Done(GenerationResult result) implements GenerationEvent {}

    /**
     * Submits the request on subscription; cancelling the subscription cancels the generation. What a slow subscriber
     * has not asked for yet is kept: no more than the context holds.
     */
    static Flux<GenerationEvent> of(InferenceEngine engine, GenerationRequest request) {
        return Flux.create(
                sink -> {
                    var generation = engine.submit(request, new SinkListener(sink));
                    sink.onCancel(generation::cancel);
                },
                FluxSink.OverflowStrategy.BUFFER);
    }

    /** Hands the engine's calls on. */
    record SinkListener(FluxSink<GenerationEvent> sink) implements GenerationListener {
        @Override
        public void onText(String text) {
            sink.next(new Text(text));
        }

        @Override
        public void onReasoning(String text) {
            sink.next(new Reasoning(text));
        }

        @Override
        public void onToolCall(ToolCall call) {
            sink.next(new Call(call));
        }

        @Override
        public void onComplete(GenerationResult result) {
            sink.next(new Done(result));
            sink.complete();
        }

        @Override
        public void onError(Throwable failure) {
            sink.error(failure);
        }
    }
}
