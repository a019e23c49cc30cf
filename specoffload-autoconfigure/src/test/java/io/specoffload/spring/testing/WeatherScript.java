package io.specoffload.spring.testing;

import io.specoffload.engine.GenerationRequest;
import io.specoffload.engine.Prompt;
import io.specoffload.pipeline.FinishReason;
import io.specoffload.tokenizer.ChatMessage;
import java.util.List;

/** A model that asks the weather tool about each city of the question, and repeats what the tool said. */
public final class WeatherScript implements ScriptedEngine.Script {

    private static final List<String> CITIES = List.of("San Francisco", "Tokyo", "Paris");

    @Override
    public void play(GenerationRequest request, ScriptedEngine.Turn turn) {
        var chat = (Prompt.Chat) request.prompt();
        ChatMessage last = chat.messages().getLast();
        if (last.role().equals("tool")) {
            chat.messages().stream()
                    .filter(message -> message.role().equals("tool"))
                    .forEach(message -> turn.text(message.content() + " "));
        } else if (chat.tools().isEmpty()) {
            turn.text("I have no tools.");
        } else {
            int number = 0;
            for (String city : CITIES) {
                if (last.content().contains(city)) {
                    String arguments = "{\"location\":\"" + city + "\",\"lat\":0,\"lon\":0,\"unit\":\"C\"}";
                    turn.call("call-" + ++number, chat.tools().getFirst().name(), arguments);
                }
            }
        }
        turn.complete(FinishReason.STOP);
    }
}
