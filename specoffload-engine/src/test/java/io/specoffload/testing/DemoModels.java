package io.specoffload.testing;

import io.specoffload.engine.Prompt;
import io.specoffload.tokenizer.ChatMessage;
import io.specoffload.tokenizer.ToolCall;
import io.specoffload.tokenizer.ToolDefinition;
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
     * @param kind what sort of message it is
     * @param unseen whether its names, items and cities are in no training text
     */
    public record Example(Prompt.Chat prompt, String expected, String kind, boolean unseen) {}

    /** Where the test messages are. */
    public static Path folder() {
        return SAMPLE.resolve("demo-models");
    }

    /** All dialogue and tool requests. */
    public static List<Example> dialogue() {
        return read("dialogue-prompts.jsonl", Integer.MAX_VALUE);
    }

    /** Extraction messages whose sentences are in no training text either: beyond what the models are meant for. */
    public static List<Example> unknownWordings() {
        return read("wording-prompts.jsonl", Integer.MAX_VALUE);
    }

    /** The first {@code count} extraction messages. */
    public static List<Example> examples(int count) {
        return read("test-prompts.jsonl", count);
    }

    private static List<Example> read(String name, int count) {
        try (var lines = Files.lines(folder().resolve(name))) {
            return lines.limit(count).map(DemoModels::example).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Example example(String line) {
        JsonNode node = JsonMapper.shared().readTree(line);
        List<ChatMessage> messages = new ArrayList<>();
        for (JsonNode message : node.get("messages")) {
            List<ToolCall> calls = new ArrayList<>();
            for (JsonNode call : message.path("tool_calls")) {
                JsonNode function = call.get("function");
                JsonNode arguments = function.get("arguments");
                calls.add(new ToolCall(
                        call.path("id").asString(""),
                        function.get("name").asString(),
                        arguments.isString() ? arguments.asString() : arguments.toString()));
            }
            messages.add(new ChatMessage(
                    message.get("role").asString(), message.path("content").asString(""), calls, null, null));
        }
        List<ToolDefinition> tools = new ArrayList<>();
        for (JsonNode tool : node.path("tools")) {
            JsonNode function = tool.get("function");
            tools.add(new ToolDefinition(
                    function.get("name").asString(),
                    function.get("description").asString(),
                    function.get("parameters").toString()));
        }
        return new Example(
                new Prompt.Chat(messages, tools, Map.of()),
                node.get("expected").asString(),
                node.get("kind").asString(),
                node.get("unseen").asBoolean());
    }
}
