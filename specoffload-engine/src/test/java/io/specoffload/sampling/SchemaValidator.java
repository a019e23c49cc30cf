package io.specoffload.sampling;

import java.util.HashSet;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Validates what these tests' schemas say, straight from the specification. */
final class SchemaValidator {
    private final JsonNode root;

    SchemaValidator(JsonNode root) {
        this.root = root;
    }

    boolean accepts(JsonNode value) {
        return accepts(root, value);
    }

    private boolean accepts(JsonNode schema, JsonNode value) {
        if (schema.isBoolean()) {
            return schema.booleanValue();
        }
        if (schema.has("$ref")) {
            return accepts(root.at(schema.get("$ref").stringValue().substring(1)), value)
                    && acceptsKeywords(schema, value);
        }
        return acceptsKeywords(schema, value);
    }

    private boolean acceptsKeywords(JsonNode schema, JsonNode value) {
        return (!schema.has("type") || hasType(schema.get("type"), value))
                && (!schema.has("const") || schema.get("const").equals(value))
                && (!schema.has("enum") || schema.get("enum").valueStream().anyMatch(value::equals))
                && (!schema.has("anyOf") || schema.get("anyOf").valueStream().anyMatch(each -> accepts(each, value)))
                && (!schema.has("oneOf") || schema.get("oneOf").valueStream().anyMatch(each -> accepts(each, value)))
                && (!schema.has("allOf") || schema.get("allOf").valueStream().allMatch(each -> accepts(each, value)))
                && acceptsObject(schema, value)
                && acceptsArray(schema, value)
                && acceptsString(schema, value)
                && acceptsNumber(schema, value);
    }

    private static boolean hasType(JsonNode type, JsonNode value) {
        if (type.isArray()) {
            return type.valueStream().anyMatch(each -> hasType(each, value));
        }
        return switch (type.stringValue()) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isString();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            default -> throw new IllegalStateException("type " + type);
        };
    }

    private boolean acceptsObject(JsonNode schema, JsonNode value) {
        if (!value.isObject()) {
            return true;
        }
        if (schema.has("required")
                && !schema.get("required").valueStream().allMatch(name -> value.has(name.stringValue()))) {
            return false;
        }
        Set<String> declared = new HashSet<>();
        if (schema.has("properties")) {
            declared.addAll(schema.get("properties").propertyNames());
        }
        for (String name : value.propertyNames()) {
            JsonNode of =
                    declared.contains(name) ? schema.get("properties").get(name) : schema.get("additionalProperties");
            if (of != null && !accepts(of, value.get(name))) {
                return false;
            }
        }
        return within(schema, "minProperties", "maxProperties", value.size());
    }

    private boolean acceptsArray(JsonNode schema, JsonNode value) {
        return !value.isArray()
                || (within(schema, "minItems", "maxItems", value.size())
                        && (!schema.has("items")
                                || value.valueStream().allMatch(item -> accepts(schema.get("items"), item))));
    }

    private static boolean acceptsString(JsonNode schema, JsonNode value) {
        if (!value.isString()) {
            return true;
        }
        String text = value.stringValue();
        String format = schema.has("format") ? schema.get("format").stringValue() : "";
        return within(schema, "minLength", "maxLength", text.codePointCount(0, text.length()))
                && switch (format) {
                    case "date" -> java.time.LocalDate.parse(text) != null;
                    case "date-time" -> java.time.OffsetDateTime.parse(text) != null;
                    case "time" -> java.time.format.DateTimeFormatter.ISO_TIME.parse(text) != null;
                    case "duration" -> java.time.Duration.parse(text) != null;
                    case "uuid" -> java.util.UUID.fromString(text) != null && text.length() == 36;
                    default -> true;
                };
    }

    private static boolean acceptsNumber(JsonNode schema, JsonNode value) {
        if (!value.isNumber()) {
            return true;
        }
        boolean int32 =
                schema.has("format") && schema.get("format").stringValue().equals("int32");
        return within(schema, "minimum", "maximum", value.doubleValue()) && (!int32 || value.canConvertToInt());
    }

    private static boolean within(JsonNode schema, String min, String max, double value) {
        return (!schema.has(min) || value >= schema.get(min).doubleValue())
                && (!schema.has(max) || value <= schema.get(max).doubleValue());
    }
}
