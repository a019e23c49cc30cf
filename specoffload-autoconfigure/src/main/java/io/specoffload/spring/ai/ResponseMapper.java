package io.specoffload.spring.ai;

import io.specoffload.engine.GenerationResult;
import io.specoffload.pipeline.FinishReason;
import io.specoffload.tokenizer.ToolCall;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.metadata.ChatResponseMetadata;
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;

/**
 * From the engine's events to Spring AI's responses; one per answer.
 *
 * @param id the answer's id
 * @param model name of the model that answers
 */
record ResponseMapper(String id, String model) {

    static ResponseMapper forModel(String model) {
        return new ResponseMapper(UUID.randomUUID().toString(), model);
    }

    /** A chunk of a stream; the last one has no text, but finish reason and usage. */
    ChatResponse chunk(GenerationEvent event) {
        return switch (event) {
            case GenerationEvent.Text(String text) -> partial(new AssistantMessage(text), ChatGenerationMetadata.NULL);
            case GenerationEvent.Reasoning(String text) ->
                partial(
                        new AssistantMessage(""),
                        ChatGenerationMetadata.builder()
                                .metadata(SpecOffloadChatModel.THINKING_DELTA, text)
                                .build());
            case GenerationEvent.Call(ToolCall call) ->
                partial(
                        AssistantMessage.builder()
                                .content("")
                                .toolCalls(toolCalls(List.of(call)))
                                .build(),
                        ChatGenerationMetadata.NULL);
            case GenerationEvent.Done(GenerationResult result) -> response("", List.of(), result);
        };
    }

    /** The whole answer. */
    ChatResponse complete(GenerationResult result) {
        return response(result.text(), result.toolCalls(), result);
    }

    private ChatResponse partial(AssistantMessage message, ChatGenerationMetadata metadata) {
        return new ChatResponse(
                List.of(new Generation(message, metadata)),
                ChatResponseMetadata.builder().id(id).model(model).build());
    }

    private ChatResponse response(String text, List<ToolCall> toolCalls, GenerationResult result) {
        var usage = result.usage();
        var generation = ChatGenerationMetadata.builder().finishReason(finishReason(result));
        Map<String, Object> properties = Map.of();
        if (!result.reasoning().isEmpty()) {
            generation.metadata(SpecOffloadChatModel.THINKING, result.reasoning());
            properties = Map.of(SpecOffloadChatModel.THINKING, result.reasoning());
        }
        var message = AssistantMessage.builder()
                .content(text)
                .properties(properties)
                .toolCalls(toolCalls(toolCalls))
                .build();
        var details = SpecOffloadUsage.of(usage);
        var metadata = ChatResponseMetadata.builder()
                .id(id)
                .model(model)
                .usage(new DefaultUsage(usage.promptTokens(), usage.completionTokens(), null, details))
                .keyValue(SpecOffloadChatModel.GENERATION_USAGE, details)
                .build();
        return new ChatResponse(List.of(new Generation(message, generation.build())), metadata);
    }

    private static String finishReason(GenerationResult result) {
        boolean stopped = result.finishReason() == FinishReason.STOP;
        return stopped && !result.toolCalls().isEmpty()
                ? "tool_calls"
                : result.finishReason().label();
    }

    private static List<AssistantMessage.ToolCall> toolCalls(List<ToolCall> calls) {
        return calls.stream()
                .map(call -> new AssistantMessage.ToolCall(call.id(), "function", call.name(), call.arguments()))
                .toList();
    }
}
