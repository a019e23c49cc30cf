package io.specoffload.sample;

import io.specoffload.engine.EngineInfo;
import io.specoffload.engine.EngineStatistics;
import io.specoffload.engine.Generation;
import io.specoffload.engine.GenerationListener;
import io.specoffload.engine.GenerationRequest;
import io.specoffload.engine.GenerationResult;
import io.specoffload.engine.InferenceEngine;
import io.specoffload.engine.Prompt;
import io.specoffload.pipeline.FinishReason;
import io.specoffload.tokenizer.ChatMessage;
import io.specoffload.tokenizer.ToolCall;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** An engine that answers as the test says: with pieces of text, tool calls, an exception, or not before cancelled. */
final class FakeEngine implements InferenceEngine {

    /** Never ends by itself. */
    static final Object FOREVER = new Object();

    private final BlockingQueue<List<Object>> answers = new LinkedBlockingQueue<>();
    final BlockingQueue<GenerationRequest> requests = new LinkedBlockingQueue<>();
    final BlockingQueue<String> cancelled = new LinkedBlockingQueue<>();

    /** The answer to the next request that has none yet. */
    void answer(Object... events) {
        answers.add(List.of(events));
    }

    void reset() {
        answers.clear();
        requests.clear();
        cancelled.clear();
    }

    static List<ChatMessage> messages(GenerationRequest request) {
        return ((Prompt.Chat) request.prompt()).messages();
    }

    @Override
    public Generation submit(GenerationRequest request, GenerationListener listener) {
        requests.add(request);
        List<Object> events = answers.remove();
        if (events.getFirst() instanceof RuntimeException refusal) {
            throw refusal;
        }
        CountDownLatch cancel = new CountDownLatch(1);
        Thread.ofVirtual().start(() -> play(events, listener, cancel));
        return new Generation() {
            @Override
            public String id() {
                return "fake";
            }

            @Override
            public void cancel() {
                cancelled.add("fake");
                cancel.countDown();
            }

            @Override
            public CompletableFuture<GenerationResult> result() {
                throw new UnsupportedOperationException();
            }
        };
    }

    private static void play(List<Object> events, GenerationListener listener, CountDownLatch cancel) {
        StringBuilder text = new StringBuilder();
        List<ToolCall> calls = new java.util.ArrayList<>();
        for (Object event : events) {
            switch (event) {
                case String piece -> {
                    text.append(piece);
                    listener.onText(piece);
                }
                case ToolCall call -> {
                    calls.add(call);
                    listener.onToolCall(call);
                }
                case RuntimeException failure -> {
                    listener.onError(failure);
                    return;
                }
                default -> talkUntil(cancel, listener);
            }
        }
        var usage = new GenerationResult.Usage(
                20, 11, 4, 10, 9, Duration.ofMillis(1), Duration.ofMillis(2), Duration.ofMillis(100));
        listener.onComplete(new GenerationResult(List.of(), text.toString(), "", calls, FinishReason.STOP, usage));
    }

    /** A client that went away is noticed when something is written to it. */
    private static void talkUntil(CountDownLatch cancel, GenerationListener listener) {
        try {
            do {
                listener.onText("on and on ");
            } while (!cancel.await(5, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public GenerationResult generate(GenerationRequest request) {
        throw new UnsupportedOperationException();
    }

    @Override
    public EngineInfo info() {
        var model = new EngineInfo.ModelInfo("fake", "/fake.gguf", "llama", 1, 1, 1, 1, 1);
        return new EngineInfo(model, null, "fake", 64, 1, 1, 1);
    }

    @Override
    public EngineStatistics statistics() {
        return new EngineStatistics(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    @Override
    public void cancelAll() {}

    @Override
    public void close() {}
}
