package io.specoffload.spring.testing;

import io.specoffload.engine.EngineInfo;
import io.specoffload.engine.EngineStatistics;
import io.specoffload.engine.Generation;
import io.specoffload.engine.GenerationListener;
import io.specoffload.engine.GenerationRequest;
import io.specoffload.engine.GenerationResult;
import io.specoffload.engine.InferenceEngine;
import io.specoffload.pipeline.FinishReason;
import io.specoffload.pipeline.PipelineSnapshot;
import io.specoffload.pipeline.PlanChange;
import io.specoffload.tokenizer.ToolCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** An engine whose answers are written by the test; each generation plays its script on its own thread. */
public final class ScriptedEngine implements InferenceEngine {

    /** What one generation does. */
    @FunctionalInterface
    public interface Script {
        void play(GenerationRequest request, Turn turn) throws InterruptedException;
    }

    private final Script script;
    private final List<GenerationRequest> requests = new CopyOnWriteArrayList<>();
    private final List<Turn> turns = new CopyOnWriteArrayList<>();
    private final AtomicInteger closed = new AtomicInteger();

    public ScriptedEngine(Script script) {
        this.script = script;
    }

    /** Answers everything with these pieces. */
    public static ScriptedEngine saying(String... pieces) {
        return new ScriptedEngine((request, turn) -> {
            for (String piece : pieces) {
                turn.text(piece);
            }
            turn.complete(FinishReason.STOP);
        });
    }

    @Override
    public Generation submit(GenerationRequest request, GenerationListener listener) {
        requests.add(request);
        Turn turn = new Turn("generation-" + requests.size(), listener);
        turns.add(turn);
        Thread.ofVirtual().start(() -> {
            try {
                script.play(request, turn);
            } catch (InterruptedException | RuntimeException e) {
                turn.fail(e);
            }
        });
        return turn;
    }

    @Override
    public GenerationResult generate(GenerationRequest request) {
        return submit(request, new GenerationListener() {}).result().join();
    }

    @Override
    public EngineInfo info() {
        return new EngineInfo(model("scripted-target"), model("scripted-draft"), "script", 512, 4, 64, 1024);
    }

    private static EngineInfo.ModelInfo model(String name) {
        return new EngineInfo.ModelInfo(name, "/models/" + name + ".gguf", "llama", 1000, 4000, 2, 32, 512);
    }

    @Override
    public EngineStatistics statistics() {
        return new EngineStatistics(1, 2, 10, 6, 1, 1, 2, 100, 50, 20, 40, 30, 5, 64, 0.5);
    }

    @Override
    public PipelineSnapshot pipeline() {
        return new PipelineSnapshot(
                2,
                List.of(2, 1),
                3,
                "best",
                0.75,
                List.of(0.8, 0.6, 0.5),
                2.9,
                0.5,
                0.2,
                0,
                64,
                4,
                0,
                List.of(new PlanChange(7, "prompt rows", 128, 64, "128 take too long")),
                List.of());
    }

    @Override
    public void cancelAll() {
        turns.forEach(Turn::cancel);
    }

    @Override
    public void close() {
        closed.incrementAndGet();
    }

    public boolean isClosed() {
        return closed.get() > 0;
    }

    public List<GenerationRequest> requests() {
        return requests;
    }

    public List<Turn> turns() {
        return turns;
    }

    /** One generation: the script's side, and the caller's handle. */
    public static final class Turn implements Generation {
        private final String id;
        private final GenerationListener listener;
        private final CountDownLatch cancelled = new CountDownLatch(1);
        private final CompletableFuture<GenerationResult> result = new CompletableFuture<>();
        private final StringBuilder text = new StringBuilder();
        private final StringBuilder reasoning = new StringBuilder();
        private final List<ToolCall> calls = new ArrayList<>();
        private int pieces;

        private Turn(String id, GenerationListener listener) {
            this.id = id;
            this.listener = listener;
        }

        public void text(String piece) {
            pieces++;
            text.append(piece);
            listener.onText(piece);
        }

        public void reasoning(String piece) {
            reasoning.append(piece);
            listener.onReasoning(piece);
        }

        public void call(String callId, String name, String arguments) {
            ToolCall call = new ToolCall(callId, name, arguments);
            calls.add(call);
            listener.onToolCall(call);
        }

        public void complete(FinishReason reason) {
            var usage = new GenerationResult.Usage(
                    7, pieces + 1, 3, 10, 8, Duration.ofMillis(1), Duration.ofMillis(20), Duration.ofMillis(100));
            var done = new GenerationResult(List.of(), text.toString(), reasoning.toString(), calls, reason, usage);
            listener.onComplete(done);
            result.complete(done);
        }

        public void fail(Throwable failure) {
            listener.onError(failure);
            result.completeExceptionally(failure);
        }

        /** Waits until the caller cancels, then ends as an engine does. */
        public void completeWhenCancelled() throws InterruptedException {
            if (!cancelled.await(10, TimeUnit.SECONDS)) {
                fail(new IllegalStateException("nobody cancelled"));
            } else {
                complete(FinishReason.CANCELLED);
            }
        }

        /** Whether the caller cancels within ten seconds. */
        public boolean awaitCancelled() throws InterruptedException {
            return cancelled.await(10, TimeUnit.SECONDS);
        }

        public boolean isCancelled() {
            return cancelled.getCount() == 0;
        }

        @Override
        public String id() {
            return id;
        }

        @Override
        public void cancel() {
            cancelled.countDown();
        }

        @Override
        public CompletableFuture<GenerationResult> result() {
            return result;
        }
    }
}
