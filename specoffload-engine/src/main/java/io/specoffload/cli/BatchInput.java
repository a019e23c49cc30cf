package io.specoffload.cli;

import io.specoffload.engine.Prompt;
import io.specoffload.tokenizer.ChatMessage;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads the requests of a batch: one JSON object per line. Whatever is wrong is refused before anything runs. */
final class BatchInput {

    private static final Set<String> FIELDS =
            Set.of("id", "prompt", "tokens", "messages", "maxTokens", "temperature", "seed");
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private BatchInput() {}

    /**
     * A request.
     *
     * @param id a string or an integer, unique in the batch
     * @param prompt what to continue
     * @param maxTokens null for the command line's
     * @param temperature null for the command line's
     * @param seed null for the command line's
     */
    record Line(
            JsonNode id,
            Prompt prompt,
            @Nullable Integer maxTokens,
            @Nullable Float temperature,
            @Nullable Long seed) {}

    /**
     * All requests in order; empty lines are skipped.
     *
     * @throws IllegalArgumentException naming the first line that is not a request, or whose id was there before
     */
    static List<Line> read(Path file) throws IOException {
        List<Line> lines = new ArrayList<>();
        Map<JsonNode, Integer> ids = new HashMap<>();
        int number = 0;
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            for (String text = reader.readLine(); text != null; text = reader.readLine()) {
                number++;
                if (text.isBlank()) {
                    continue;
                }
                try {
                    Line line = parse(text);
                    Integer before = ids.putIfAbsent(line.id(), number);
                    if (before != null) {
                        throw new IllegalArgumentException("the id " + line.id() + " is that of line " + before
                                + " too; give every request an id of its own");
                    }
                    lines.add(line);
                } catch (JacksonException e) {
                    throw new IllegalArgumentException(
                            file + ", line " + number + ": not a JSON object: " + e.getOriginalMessage(), e);
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException(file + ", line " + number + ": " + e.getMessage(), e);
                }
            }
        }
        return lines;
    }

    private static Line parse(String text) {
        JsonNode json = JSON.readTree(text);
        if (!json.isObject()) {
            throw new IllegalArgumentException("not a JSON object");
        }
        for (String name : json.propertyNames()) {
            if (!FIELDS.contains(name)) {
                throw new IllegalArgumentException("unknown field \"" + name + "\"; a request has id, one of prompt,"
                        + " tokens and messages, and maybe maxTokens, temperature, seed");
            }
        }
        JsonNode id = json.get("id");
        if (id == null || !(id.isString() || id.isIntegralNumber())) {
            throw new IllegalArgumentException("the id must be a string or an integer");
        }
        JsonNode maxTokens = optional(json, "maxTokens");
        if (maxTokens != null
                && !(maxTokens.isIntegralNumber() && maxTokens.canConvertToInt() && maxTokens.asInt() > 0)) {
            throw new IllegalArgumentException("maxTokens is " + maxTokens + ", but must be an integer above 0");
        }
        JsonNode temperature = optional(json, "temperature");
        if (temperature != null && !(temperature.isNumber() && temperature.asDouble() >= 0)) {
            throw new IllegalArgumentException("temperature is " + temperature + ", but must be 0 or more");
        }
        JsonNode seed = optional(json, "seed");
        if (seed != null && !(seed.isIntegralNumber() && seed.canConvertToLong())) {
            throw new IllegalArgumentException("seed is " + seed + ", but must be an integer");
        }
        return new Line(
                id,
                prompt(json),
                maxTokens == null ? null : maxTokens.asInt(),
                temperature == null ? null : (float) temperature.asDouble(),
                seed == null ? null : seed.asLong());
    }

    private static @Nullable JsonNode optional(JsonNode json, String name) {
        JsonNode value = json.get(name);
        return value == null || value.isNull() ? null : value;
    }

    private static Prompt prompt(JsonNode json) {
        JsonNode text = optional(json, "prompt");
        JsonNode tokens = optional(json, "tokens");
        JsonNode messages = optional(json, "messages");
        int given = (text == null ? 0 : 1) + (tokens == null ? 0 : 1) + (messages == null ? 0 : 1);
        if (given != 1) {
            throw new IllegalArgumentException("give exactly one of prompt, tokens and messages");
        }
        if (text != null) {
            if (!text.isString()) {
                throw new IllegalArgumentException("prompt must be a string");
            }
            return new Prompt.Text(text.asString());
        }
        if (tokens != null) {
            return new Prompt.Tokens(ids(tokens));
        }
        return new Prompt.Chat(conversation(java.util.Objects.requireNonNull(messages)), List.of(), Map.of());
    }

    private static int[] ids(JsonNode tokens) {
        if (!tokens.isArray()) {
            throw new IllegalArgumentException("tokens must be an array of token ids");
        }
        int[] ids = new int[tokens.size()];
        for (int i = 0; i < ids.length; i++) {
            JsonNode token = tokens.get(i);
            if (!token.isIntegralNumber() || !token.canConvertToInt()) {
                throw new IllegalArgumentException("tokens must be an array of token ids, but holds " + token);
            }
            ids[i] = token.asInt();
        }
        return ids;
    }

    private static List<ChatMessage> conversation(JsonNode messages) {
        if (!messages.isArray() || messages.isEmpty()) {
            throw new IllegalArgumentException("messages must be an array of {\"role\", \"content\"}");
        }
        List<ChatMessage> conversation = new ArrayList<>();
        for (JsonNode message : messages) {
            JsonNode role = message.get("role");
            JsonNode content = message.get("content");
            if (role == null || !role.isString() || content == null || !content.isString()) {
                throw new IllegalArgumentException(
                        "each of the messages needs a role and a content, both strings, unlike " + message);
            }
            conversation.add(new ChatMessage(role.asString(), content.asString()));
        }
        return conversation;
    }
}
