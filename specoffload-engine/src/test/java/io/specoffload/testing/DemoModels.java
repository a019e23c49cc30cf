package io.specoffload.testing;

import io.specoffload.engine.Prompt;
import io.specoffload.tokenizer.ChatMessage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The sample application's bundled models and the messages they are tested on. */
public final class DemoModels {

    private static final Path SAMPLE = Path.of("..", "sample-app");

    private DemoModels() {}

    public static Path target() {
        return SAMPLE.resolve("src/main/resources/models/specoffload-demo-target-q8_0.gguf");
    }

    public static Path draft() {
        return SAMPLE.resolve("src/main/resources/models/specoffload-demo-draft-q8_0.gguf");
    }

    /**
     * A test message.
     *
     * @param prompt what the model is asked
     * @param expected the right answer
     */
    public record Example(Prompt.Chat prompt, String expected) {}

    /** The first {@code count} extraction messages. */
    public static List<Example> examples(int count) {
        try (var lines = Files.lines(SAMPLE.resolve("demo-models/test-prompts.jsonl"))) {
            return lines.limit(count).map(DemoModels::example).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Example example(String line) {
        JsonNode node = JsonMapper.shared().readTree(line);
        List<ChatMessage> messages = new ArrayList<>();
        for (JsonNode message : node.get("messages")) {
            messages.add(new ChatMessage(
                    message.get("role").asString(), message.get("content").asString()));
        }
        return new Example(
                new Prompt.Chat(messages, List.of(), Map.of()),
                node.get("expected").asString());
    }
}
