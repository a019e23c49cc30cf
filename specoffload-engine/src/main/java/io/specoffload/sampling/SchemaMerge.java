package io.specoffload.sampling;

import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Joins JSON schemas that must hold together ({@code allOf}, siblings of {@code $ref} and {@code anyOf}) into one. */
final class SchemaMerge {
    private static final Set<String> LARGEST =
            Set.of("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties");
    private static final Set<String> SMALLEST =
            Set.of("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties");
    private static final Set<String> SCHEMAS = Set.of("items", "additionalProperties", "propertyNames");

    private SchemaMerge() {}

    /** The schema of what both allow; {@code both} wins over {@code other} in what says nothing about values. */
    static ObjectNode merge(ObjectNode both, ObjectNode other) {
        ObjectNode merged = both.deepCopy();
        for (Map.Entry<String, JsonNode> entry : other.properties()) {
            String key = entry.getKey();
            JsonNode mine = merged.get(key);
            JsonNode theirs = entry.getValue();
            if (mine == null) {
                merged.set(key, theirs);
            } else if (!mine.equals(theirs)) {
                merged.set(key, join(key, mine, theirs));
            }
        }
        return merged;
    }

    private static JsonNode join(String key, JsonNode mine, JsonNode theirs) {
        if (LARGEST.contains(key) && mine.isNumber() && theirs.isNumber()) {
            return mine.doubleValue() >= theirs.doubleValue() ? mine : theirs;
        }
        if (SMALLEST.contains(key) && mine.isNumber() && theirs.isNumber()) {
            return mine.doubleValue() <= theirs.doubleValue() ? mine : theirs;
        }
        if (SCHEMAS.contains(key)) {
            return both(mine, theirs);
        }
        return switch (key) {
            case "properties", "$defs", "definitions" -> properties((ObjectNode) mine, (ObjectNode) theirs);
            case "required" -> union(mine, theirs);
            case "enum", "type" -> intersection(key, mine, theirs);
            case "anyOf", "oneOf", "allOf", "const", "$ref", "prefixItems", "format" ->
                throw new IllegalArgumentException(
                        "two different " + key + " that must hold together are not supported");
            default -> mine;
        };
    }

    private static JsonNode properties(ObjectNode mine, ObjectNode theirs) {
        ObjectNode merged = mine.deepCopy();
        for (Map.Entry<String, JsonNode> entry : theirs.properties()) {
            JsonNode known = merged.get(entry.getKey());
            merged.set(entry.getKey(), known == null ? entry.getValue() : both(known, entry.getValue()));
        }
        return merged;
    }

    private static JsonNode both(JsonNode mine, JsonNode theirs) {
        if (mine.equals(theirs)) {
            return mine;
        }
        if (mine.isBoolean()) {
            return mine.booleanValue() ? theirs : mine;
        }
        if (theirs.isBoolean()) {
            return theirs.booleanValue() ? mine : theirs;
        }
        ObjectNode all = ((ObjectNode) mine).objectNode();
        all.putArray("allOf").add(mine).add(theirs);
        return all;
    }

    private static ArrayNode elements(JsonNode node) {
        return node instanceof ArrayNode array
                ? array
                : JsonNodeFactory.instance.arrayNode().add(node);
    }

    private static JsonNode union(JsonNode mine, JsonNode theirs) {
        ArrayNode merged = elements(mine).deepCopy();
        for (JsonNode element : elements(theirs)) {
            if (!contains(merged, element)) {
                merged.add(element);
            }
        }
        return merged;
    }

    private static JsonNode intersection(String key, JsonNode mine, JsonNode theirs) {
        ArrayNode merged = elements(mine).arrayNode();
        for (JsonNode element : elements(mine)) {
            boolean integer = key.equals("type") && element.asString().equals("integer");
            if (contains(elements(theirs), element)
                    || (integer && contains(elements(theirs), merged.stringNode("number")))) {
                merged.add(element);
            } else if (key.equals("type")
                    && element.asString().equals("number")
                    && contains(elements(theirs), merged.stringNode("integer"))) {
                merged.add("integer");
            }
        }
        if (merged.isEmpty()) {
            throw new IllegalArgumentException(key + " " + mine + " and " + theirs + " exclude each other");
        }
        return merged;
    }

    private static boolean contains(ArrayNode array, JsonNode element) {
        for (JsonNode each : array) {
            if (each.equals(element)) {
                return true;
            }
        }
        return false;
    }
}
