package io.specoffload.spring.ai;

import io.specoffload.engine.GenerationRequest;
import io.specoffload.sampling.SamplingParameters;
import io.specoffload.tokenizer.ChatMessage;
import io.specoffload.tokenizer.ToolCall;
import io.specoffload.tokenizer.ToolDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.DoubleConsumer;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.MediaContent;
import org.springframework.ai.tool.ToolCallback;

/** From Spring AI's prompts to the engine's requests. */
final class RequestMapper {

    private RequestMapper() {}

    /**
     * @param options the request's options with all defaults filled in
     * @throws IllegalArgumentException if a message carries media, or an option is out of range
     */
    static GenerationRequest request(Prompt prompt, SpecOffloadChatOptions options) {
        var chat = new io.specoffload.engine.Prompt.Chat(
                prompt.getInstructions().stream()
                        .flatMap(message -> messages(message).stream())
                        .toList(),
                tools(options),
                Objects.requireNonNullElse(options.getTemplateVariables(), Map.of()));
        return GenerationRequest.builder(chat)
                .sampling(sampling(options))
                .maxTokens(options.getMaxTokens())
                .stop(Objects.requireNonNullElse(options.getStopSequences(), List.of()))
                .speculate(!Boolean.FALSE.equals(options.getSpeculation()))
                .outputSchema(options.getOutputSchema())
                .timeout(options.getTimeout())
                .build();
    }

    private static List<ChatMessage> messages(Message message) {
        if (message instanceof MediaContent content && !content.getMedia().isEmpty()) {
            throw new IllegalArgumentException("a " + message.getMessageType().getValue()
                    + " message has media, but the model reads text only: remove the media");
        }
        String text = Objects.requireNonNullElse(message.getText(), "");
        return switch (message.getMessageType()) {
            case SYSTEM -> List.of(ChatMessage.system(text));
            case USER -> List.of(ChatMessage.user(text));
            case ASSISTANT -> List.of(ChatMessage.assistant(text, toolCalls((AssistantMessage) message)));
            case TOOL -> toolResponses((ToolResponseMessage) message);
        };
    }

    private static List<ToolCall> toolCalls(AssistantMessage message) {
        return message.getToolCalls().stream()
                .map(call -> new ToolCall(call.id(), call.name(), call.arguments()))
                .toList();
    }

    private static List<ChatMessage> toolResponses(ToolResponseMessage message) {
        return message.getResponses().stream()
                .map(response -> ChatMessage.tool(response.id(), response.name(), response.responseData()))
                .toList();
    }

    private static List<ToolDefinition> tools(SpecOffloadChatOptions options) {
        var tools = new ArrayList<ToolDefinition>();
        for (ToolCallback callback : Objects.requireNonNullElse(options.getToolCallbacks(), List.<ToolCallback>of())) {
            var definition = callback.getToolDefinition();
            tools.add(new ToolDefinition(definition.name(), definition.description(), definition.inputSchema()));
        }
        return tools;
    }

    private static SamplingParameters sampling(SpecOffloadChatOptions options) {
        var sampling = SamplingParameters.builder();
        set(options.getTemperature(), value -> sampling.temperature((float) value));
        set(options.getTopK(), value -> sampling.topK((int) value));
        set(options.getTopP(), value -> sampling.topP((float) value));
        set(options.getMinP(), value -> sampling.minP((float) value));
        set(options.getRepetitionPenalty(), value -> sampling.repetitionPenalty((float) value));
        set(options.getPresencePenalty(), value -> sampling.presencePenalty((float) value));
        set(options.getFrequencyPenalty(), value -> sampling.frequencyPenalty((float) value));
        sampling.logitBias(Objects.requireNonNullElse(options.getLogitBias(), Map.of()));
        sampling.seed(options.getSeed());
        return sampling.build();
    }

    private static void set(@Nullable Number value, DoubleConsumer setter) {
        if (value != null) {
            setter.accept(value.doubleValue());
        }
    }
}
