package io.specoffload.chat;

import io.specoffload.tokenizer.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Reads tool calls out of what stands between a format's markers. What is no call is read as none. */
final class ToolCallReader {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();
    private static final Pattern ARGUMENT_PAIR =
            Pattern.compile("<arg_key>(.*?)</arg_key>\\s*<arg_value>(.*?)</arg_value>", Pattern.DOTALL);
    private static final Pattern FUNCTION = Pattern.compile("<function=([^>]+)>(.*?)</function>", Pattern.DOTALL);
    private static final Pattern PARAMETER =
            Pattern.compile("<parameter=([^>]+)>\\n?(.*?)\\n?</parameter>", Pattern.DOTALL);
    private static final Pattern NAMED =
            Pattern.compile("\\s*([\\w.-]+)\\s*(?:\\[CALL_ID\\]\\s*\\w+\\s*)?\\[ARGS\\]\\s*", Pattern.DOTALL);
    private static final Pattern BUILT_IN = Pattern.compile("\\s*([\\w-]+)\\.call\\((.*)\\)\\s*", Pattern.DOTALL);
    private static final Pattern BUILT_IN_ARGUMENT =
            Pattern.compile("\\s*(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"\\s*(?:,|$)");

    private final Supplier<String> ids;

    ToolCallReader(Supplier<String> ids) {
        this.ids = ids;
    }

    /**
     * What was read.
     *
     * @param calls at least one
     * @param rest the text after them
     */
    record Found(List<ToolCall> calls, String rest) {}

    /** The calls in a section of a format; null if it holds none, or anything malformed. */
    @Nullable
    Found read(OutputFormat format, String body) {
        List<ToolCall> calls = switch (format) {
            case FENCES -> fenced(body);
            case TAGS -> tagged(body);
            default -> null;
        };
        if (calls != null) {
            return new Found(calls, "");
        }
        if (format == OutputFormat.FENCES || format == OutputFormat.TAGS) {
            return null;
        }
        ToolCall builtIn = format == OutputFormat.BARE_JSON ? builtIn(body) : null;
        return builtIn == null ? listed(body) : new Found(List.of(builtIn), "");
    }

    // ---- tags

    private @Nullable List<ToolCall> tagged(String body) {
        String inner = body.strip();
        if (inner.startsWith("{") || inner.startsWith("[")) {
            return fromJson(inner);
        }
        Matcher function = FUNCTION.matcher(inner);
        if (function.matches()) {
            return List.of(call(function.group(1).strip(), pairs(PARAMETER, function.group(2))));
        }
        int keys = inner.indexOf("<arg_key>");
        String name = (keys < 0 ? inner : inner.substring(0, keys)).strip();
        return name.matches("[\\w.-]+") ? List.of(call(name, pairs(ARGUMENT_PAIR, inner))) : null;
    }

    /** Values are JSON where they can be read so, else text. */
    private static String pairs(Pattern pattern, String text) {
        ObjectNode arguments = JSON.createObjectNode();
        Matcher pair = pattern.matcher(text);
        while (pair.find()) {
            String value = pair.group(2);
            JsonNode node = tree(value.strip());
            if (node == null) {
                arguments.put(pair.group(1).strip(), value);
            } else {
                arguments.set(pair.group(1).strip(), node);
            }
        }
        return JSON.writeValueAsString(arguments);
    }

    // ---- a JSON array, or names with arguments

    private @Nullable Found listed(String body) {
        Matcher named = NAMED.matcher(body);
        if (named.lookingAt()) {
            String rest = body.substring(named.end());
            int end = rest.startsWith("{") ? JsonExtent.end(rest, 0) : -1;
            String arguments = end < 0 ? null : object(tree(rest.substring(0, end)));
            return arguments == null ? null : new Found(List.of(call(named.group(1), arguments)), rest.substring(end));
        }
        String list = body.stripLeading();
        if (!list.startsWith("[") && !list.startsWith("{")) {
            return null;
        }
        int end = JsonExtent.end(list, 0);
        List<ToolCall> calls = end < 0 ? null : fromJson(list.substring(0, end));
        return calls == null ? null : new Found(calls, list.substring(end));
    }

    /** The calls of a JSON object or an array of such; null unless everything in it is a call. */
    @Nullable
    List<ToolCall> fromJson(String json) {
        JsonNode node = tree(json);
        if (node == null) {
            return null;
        }
        List<ToolCall> calls = new ArrayList<>();
        for (JsonNode each : node.isArray() ? node : List.of(node)) {
            ToolCall call = fromNode(each);
            if (call == null) {
                return null;
            }
            calls.add(call);
        }
        return calls.isEmpty() ? null : calls;
    }

    private @Nullable ToolCall fromNode(JsonNode node) {
        JsonNode named = node.path("function").isObject() ? node.path("function") : node;
        JsonNode name = named.path("name");
        JsonNode arguments = named.has("arguments") ? named.path("arguments") : named.path("parameters");
        String text = object(arguments);
        return name.isString() && !name.stringValue().isBlank() && text != null ? call(name.stringValue(), text) : null;
    }

    /** A JSON object as text: given as an object, as text that holds one, or left out; null if it is none. */
    private static @Nullable String object(@Nullable JsonNode node) {
        if (node == null) {
            return null;
        }
        if (node.isMissingNode() || node.isNull()) {
            return "{}";
        }
        JsonNode value = node.isString() ? tree(node.stringValue()) : node;
        return value != null && value.isObject() ? JSON.writeValueAsString(value) : null;
    }

    /** The arguments of a call that are one JSON object; null if the text is none. */
    @Nullable
    ToolCall named(String name, String arguments) {
        String text = arguments.isBlank() ? "{}" : object(tree(arguments));
        return text == null ? null : call(name, text);
    }

    // ---- fenced lists

    private @Nullable List<ToolCall> fenced(String body) {
        List<ToolCall> calls = new ArrayList<>();
        for (String part : body.split("<｜tool▁call▁begin｜>")) {
            String inner = part.replace("<｜tool▁call▁end｜>", "").strip();
            if (inner.isEmpty()) {
                continue;
            }
            int separator = inner.indexOf("<｜tool▁sep｜>");
            if (separator < 0) {
                return null;
            }
            String name = inner.substring(0, separator).strip();
            String arguments =
                    inner.substring(separator + "<｜tool▁sep｜>".length()).strip();
            int fence = arguments.indexOf("```");
            if (name.equals("function") && fence >= 0) {
                name = arguments.substring(0, fence).strip();
                arguments = arguments
                        .substring(fence)
                        .replaceFirst("^```(?:json)?", "")
                        .replaceFirst("```$", "");
            }
            ToolCall call = named(name, arguments.strip());
            if (call == null) {
                return null;
            }
            calls.add(call);
        }
        return calls.isEmpty() ? null : calls;
    }

    // ---- name.call(key="value")

    private @Nullable ToolCall builtIn(String body) {
        Matcher matcher = BUILT_IN.matcher(body);
        if (!matcher.matches()) {
            return null;
        }
        ObjectNode arguments = JSON.createObjectNode();
        Matcher argument = BUILT_IN_ARGUMENT.matcher(matcher.group(2));
        int end = 0;
        while (end < matcher.group(2).length() && argument.find(end) && argument.start() == end) {
            JsonNode value = tree("\"" + argument.group(2) + "\"");
            if (value == null) {
                return null;
            }
            arguments.set(argument.group(1), value);
            end = argument.end();
        }
        return end == matcher.group(2).length() ? call(matcher.group(1), JSON.writeValueAsString(arguments)) : null;
    }

    private ToolCall call(String name, String arguments) {
        return new ToolCall(ids.get(), name, arguments);
    }

    private static @Nullable JsonNode tree(String json) {
        try {
            JsonNode node = JSON.readTree(json);
            return node.isMissingNode() ? null : node;
        } catch (JacksonException e) {
            return null;
        }
    }
}
