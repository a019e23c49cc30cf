package io.specoffload.engine;

import io.specoffload.chat.ChatEvent;
import io.specoffload.chat.ChatOutputParser;
import io.specoffload.pipeline.Sequence;
import io.specoffload.pipeline.SequenceListener;
import io.specoffload.pipeline.SequenceResult;
import io.specoffload.tokenizer.ToolCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One submitted generation: carries the pipeline's news to the caller's listener on a thread of its own, and parses
 * tool calls and reasoning out of the text on the way.
 */
final class GenerationTask implements Generation, SequenceListener {

    private static final Logger log = LoggerFactory.getLogger(GenerationTask.class);

    private final String id;
    private final GenerationListener listener;
    private final @Nullable ChatOutputParser parser;
    private final Mailbox mailbox;
    private final CompletableFuture<GenerationResult> result = new CompletableFuture<>();
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private final List<ToolCall> toolCalls = new ArrayList<>();
    private @Nullable Sequence sequence;
    private boolean listening = true;

    /**
     * @param parser parses a chat's answer, or null for plain text
     * @param executor runs the listener's calls
     */
    GenerationTask(String id, GenerationListener listener, @Nullable ChatOutputParser parser, Executor executor) {
        this.id = id;
        this.listener = listener;
        this.parser = parser;
        this.mailbox = new Mailbox(executor);
    }

    /** Must be called before the sequence is queued. */
    void attach(Sequence newSequence) {
        sequence = newSequence;
    }

    Sequence sequence() {
        return Objects.requireNonNull(sequence, "no sequence is attached");
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public void cancel() {
        sequence().cancel();
    }

    @Override
    public CompletableFuture<GenerationResult> result() {
        return result.copy();
    }

    @Override
    public void onText(String piece) {
        mailbox.post(() -> {
            if (parser == null) {
                emitText(piece);
            } else {
                parser.feed(piece).forEach(this::emit);
            }
        });
    }

    @Override
    public void onFinished(SequenceResult end) {
        mailbox.post(() -> {
            if (parser != null) {
                parser.finish().forEach(this::emit);
            }
            GenerationResult generation = new GenerationResult(
                    Arrays.stream(end.tokens()).boxed().toList(),
                    text.toString(),
                    reasoning.toString(),
                    toolCalls,
                    end.finishReason(),
                    usage(end));
            call(() -> listener.onComplete(generation));
            result.complete(generation);
        });
    }

    @Override
    public void onFailed(Throwable failure) {
        mailbox.post(() -> {
            call(() -> listener.onError(failure));
            result.completeExceptionally(failure);
        });
    }

    private static GenerationResult.Usage usage(SequenceResult end) {
        return new GenerationResult.Usage(
                end.promptTokens(),
                end.completionTokens(),
                end.rounds(),
                end.drafted(),
                end.accepted(),
                Duration.ofNanos(end.queuedNanos()),
                Duration.ofNanos(end.prefillNanos()),
                Duration.ofNanos(end.decodeNanos()));
    }

    private void emit(ChatEvent event) {
        switch (event) {
            case ChatEvent.Text piece -> emitText(piece.text());
            case ChatEvent.Reasoning piece -> {
                reasoning.append(piece.text());
                call(() -> listener.onReasoning(piece.text()));
            }
            case ChatEvent.Call tool -> {
                toolCalls.add(tool.call());
                call(() -> listener.onToolCall(tool.call()));
            }
        }
    }

    private void emitText(String piece) {
        text.append(piece);
        call(() -> listener.onText(piece));
    }

    /** A listener that throws hears nothing more, and its generation ends: nobody reads it. */
    private void call(Runnable event) {
        if (!listening) {
            return;
        }
        try {
            event.run();
        } catch (RuntimeException | Error failure) {
            listening = false;
            log.warn("The listener of generation {} threw; the generation is cancelled", id, failure);
            cancel();
        }
    }
}
