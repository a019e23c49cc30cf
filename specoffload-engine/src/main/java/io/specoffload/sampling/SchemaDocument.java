package io.specoffload.sampling;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A JSON schema as text and tree: references and parts that must hold together are followed here. */
final class SchemaDocument {
    private static final int MAX_TEXT = 1 << 18;
    private static final int MAX_NESTING = 100;
    private static final int MAX_MERGES = 2_000;

    private final JsonNode root;
    private int merges;

    private SchemaDocument(JsonNode root) {
        this.root = root;
    }

    static SchemaDocument parse(String schema) {
        if (schema.length() > MAX_TEXT) {
            throw new IllegalArgumentException(
                    "the output schema has " + schema.length() + " characters, but at most " + MAX_TEXT + " are taken");
        }
        StreamReadConstraints limits =
                StreamReadConstraints.builder().maxNestingDepth(MAX_NESTING).build();
        JsonFactory factory =
                JsonFactory.builder().streamReadConstraints(limits).build();
        try {
            return new SchemaDocument(JsonMapper.builder(factory).build().readTree(schema));
        } catch (JacksonException e) {
            throw new IllegalArgumentException("the output schema is not readable: " + e.getOriginalMessage(), e);
        }
    }

    JsonNode root() {
        return root;
    }

    JsonNode resolve(String pointer, String path) {
        if (!pointer.startsWith("#") || (pointer.length() > 1 && pointer.charAt(1) != '/')) {
            throw problem(path, "$ref \"" + pointer + "\" leads outside the schema; only \"#...\" is supported");
        }
        String decoded = URLDecoder.decode(pointer.substring(1).replace("+", "%2B"), StandardCharsets.UTF_8);
        JsonNode found = root.at(decoded);
        if (found.isMissingNode()) {
            throw problem(path, "$ref \"" + pointer + "\" leads nowhere");
        }
        return found;
    }

    /** What a reference leads to, through further references. */
    ObjectNode resolved(String pointer, String path) {
        JsonNode found = resolve(pointer, path);
        for (int hops = 0; hops < MAX_NESTING; hops++) {
            if (!(found instanceof ObjectNode object)) {
                throw problem(path, "$ref \"" + pointer + "\" beside other keywords must lead to an object");
            }
            if (!object.has("$ref") || object.size() > 1) {
                return object;
            }
            found = resolve(text(object, "$ref", path), path);
        }
        throw problem(path, "the schema refers to itself without anything in between");
    }

    ObjectNode merged(ObjectNode schema, String path) {
        ObjectNode merged = schema.deepCopy();
        merged.remove("allOf");
        int i = 0;
        for (JsonNode part : list(schema, "allOf", path)) {
            String at = path + "/allOf/" + i++;
            if (part.isBoolean() && part.booleanValue()) {
                continue;
            }
            if (!(part instanceof ObjectNode object)) {
                throw problem(at, "a part of allOf must be an object");
            }
            while (object.has("$ref") || object.has("allOf")) {
                if (++merges > MAX_MERGES) {
                    throw problem(at, "the schema is too large, or refers to itself");
                }
                if (object.has("$ref")) {
                    ObjectNode siblings = object.deepCopy();
                    siblings.remove("$ref");
                    object = merge(siblings, resolved(text(object, "$ref", at), at), at);
                } else {
                    object = merged(object, at);
                }
            }
            merged = merge(merged, object, path);
        }
        return merged;
    }

    static ObjectNode merge(ObjectNode both, ObjectNode other, String path) {
        try {
            return SchemaMerge.merge(both, other);
        } catch (IllegalArgumentException | ClassCastException e) {
            throw problem(path, String.valueOf(e.getMessage()));
        }
    }

    static int count(ObjectNode schema, String keyword, int otherwise, String path) {
        JsonNode value = schema.get(keyword);
        if (value == null) {
            return otherwise;
        }
        if (!value.isNumber() || value.doubleValue() < 0 || value.doubleValue() != Math.rint(value.doubleValue())) {
            throw problem(path, keyword + " must be a whole number, not " + value);
        }
        return (int) Math.min(value.doubleValue(), Rule.Repeat.UNBOUNDED);
    }

    static JsonNode list(ObjectNode schema, String keyword, String path) {
        JsonNode value = schema.get(keyword);
        if (value == null || !value.isArray()) {
            throw problem(path, keyword + " must be a list");
        }
        return value;
    }

    static String text(ObjectNode schema, String keyword, String path) {
        JsonNode value = schema.get(keyword);
        if (value == null || !value.isString()) {
            throw problem(path, keyword + " must be a text");
        }
        return value.stringValue();
    }

    static IllegalArgumentException problem(String path, String message) {
        return new IllegalArgumentException("the output schema at " + path + ": " + message);
    }
}
