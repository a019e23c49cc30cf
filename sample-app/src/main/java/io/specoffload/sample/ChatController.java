package io.specoffload.sample;

import io.specoffload.spring.ai.SpecOffloadChatModel;
import io.specoffload.spring.ai.SpecOffloadUsage;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;

/** A chat that may look up orders and the calendar; the caller keeps the conversation. */
@RestController
@RequestMapping("/api/chat")
class ChatController {

    private static final Logger LOG = LoggerFactory.getLogger(ChatController.class);

    private final ChatClient chatClient;

    ChatController(ChatClient.Builder builder, OfficeTools tools) {
        chatClient = builder.defaultTools(tools).build();
    }

    /** A new message, after the earlier turns of the conversation. */
    record Request(@NotBlank String message, @Nullable List<@Valid Turn> history) {

        List<Message> messages() {
            var messages = new ArrayList<Message>();
            if (history != null) {
                history.forEach(turn -> messages.add(turn.toMessage()));
            }
            messages.add(new UserMessage(message));
            return messages;
        }
    }

    /** An earlier turn. */
    record Turn(@NotNull Speaker role, @NotNull String text) {
        Message toMessage() {
            return role == Speaker.USER ? new UserMessage(text) : new AssistantMessage(text);
        }
    }

    /** Who said it. */
    enum Speaker {
        USER,
        ASSISTANT
    }

    /** The answer. */
    record Answer(
            String text, String finishReason, @Nullable Figures figures) {}

    /** A piece of the answer. */
    record Delta(String text) {}

    /** The end of a stream. */
    record Done(String finishReason, @Nullable Figures figures) {}

    /** The end of a stream that failed. */
    record Failure(String message) {}

    /** How fast the answer came; of the last generation where tools were called between. */
    record Figures(
            int promptTokens,
            int completionTokens,
            double tokensPerSecond,
            int drafted,
            int accepted,
            double acceptanceRate) {

        static @Nullable Figures of(ChatResponse response) {
            SpecOffloadUsage usage = response.getMetadata().get(SpecOffloadChatModel.GENERATION_USAGE);
            return usage == null
                    ? null
                    : new Figures(
                            usage.promptTokens(),
                            usage.completionTokens(),
                            usage.tokensPerSecond(),
                            usage.drafted(),
                            usage.accepted(),
                            usage.acceptanceRate());
        }
    }

    @PostMapping
    Answer chat(@Valid @RequestBody Request request) {
        ChatResponse response =
                chatClient.prompt().messages(request.messages()).call().chatResponse();
        if (response == null || response.getResult() == null) {
            throw new IllegalStateException("the model answered with nothing");
        }
        String text = response.getResult().getOutput().getText();
        return new Answer(text == null ? "" : text, finishReason(response), Figures.of(response));
    }

    /** Events {@code delta}, then one {@code done} or {@code failure}; a client that goes away cancels the answer. */
    @PostMapping(path = "/stream", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    Flux<ServerSentEvent<Object>> stream(@Valid @RequestBody Request request) {
        return chatClient.prompt().messages(request.messages()).stream()
                .chatResponse()
                .concatMapIterable(ChatController::events)
                .switchOnFirst((first, events) -> first.isOnError()
                        // nothing is sent yet: the exception becomes a status
                        ? events
                        : events.onErrorResume(failure -> {
                            LOG.warn("a stream failed", failure);
                            return Flux.just(event("failure", new Failure(String.valueOf(failure.getMessage()))));
                        }));
    }

    private static List<ServerSentEvent<Object>> events(ChatResponse response) {
        var result = response.getResult();
        if (result == null) {
            return List.of();
        }
        var events = new ArrayList<ServerSentEvent<Object>>();
        String text = result.getOutput().getText();
        if (text != null && !text.isEmpty()) {
            events.add(event("delta", new Delta(text)));
        }
        if (result.getMetadata().getFinishReason() != null) {
            events.add(event("done", new Done(finishReason(response), Figures.of(response))));
        }
        return events;
    }

    private static ServerSentEvent<Object> event(String name, Object data) {
        return ServerSentEvent.builder(data).event(name).build();
    }

    private static String finishReason(ChatResponse response) {
        var result = response.getResult();
        String reason = result == null ? null : result.getMetadata().getFinishReason();
        return reason == null ? "unknown" : reason;
    }
}
