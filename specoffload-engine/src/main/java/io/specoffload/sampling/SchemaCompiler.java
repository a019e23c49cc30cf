package io.specoffload.sampling;

import static io.specoffload.sampling.Rule.choice;
import static io.specoffload.sampling.Rule.literal;
import static io.specoffload.sampling.Rule.optional;
import static io.specoffload.sampling.Rule.sequence;
import static io.specoffload.sampling.SchemaDocument.count;
import static io.specoffload.sampling.SchemaDocument.list;
import static io.specoffload.sampling.SchemaDocument.problem;
import static io.specoffload.sampling.SchemaDocument.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Compiles a JSON schema (draft 2020-12 and its forerunners) to rules over the bytes of conforming JSON. Objects have
 * their properties in the schema's order, then further ones if {@code additionalProperties} asks for them; an object
 * that says nothing about additional properties has none beside its declared ones; an additional one may occur twice.
 * Keywords that only restrict values
 * ({@code pattern}, {@code multipleOf}, {@code uniqueItems}, {@code oneOf}'s exclusiveness) are not enforced; keywords
 * that change the structure and are not supported are refused.
 *
 * <p>A schema that no finite value meets, as a property that it requires contains it again, is read as if such a
 * property could be null: that is what generators mean by a recursive type without optional parts.
 */
final class SchemaCompiler {
    private static final int MAX_NESTING = 200;
    private static final int MAX_SCHEMAS = 10_000;

    private static final Set<String> REFUSED = Set.of(
            "not",
            "if",
            "then",
            "else",
            "patternProperties",
            "dependentSchemas",
            "dependentRequired",
            "dependencies",
            "$dynamicRef",
            "$recursiveRef");
    /** Keywords that say something about values; others may stand beside {@code $ref} without effect. */
    private static final Set<String> STRUCTURAL = Set.of(
            "type",
            "enum",
            "const",
            "properties",
            "required",
            "additionalProperties",
            "propertyNames",
            "items",
            "prefixItems",
            "minItems",
            "maxItems",
            "minLength",
            "maxLength",
            "format",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "anyOf",
            "oneOf",
            "allOf",
            "$ref");

    private final JsonRules json = new JsonRules();
    private final SchemaDocument document;
    private final boolean nullableReferences;
    private final Map<String, Rule.Reference> references = new HashMap<>();
    private int schemas;
    private int nesting;

    /**
     * @param nullableReferences whether a property that refers to another schema may be null as well
     */
    private SchemaCompiler(SchemaDocument document, boolean nullableReferences) {
        this.document = document;
        this.nullableReferences = nullableReferences;
    }

    /**
     * The rules of the JSON documents that {@code schema} describes.
     *
     * @throws IllegalArgumentException if the text is no JSON schema, too large or nested too deeply, describes no
     *     value, or uses a keyword that is not supported; the message names the place
     */
    static Rule compile(String schema) {
        SchemaDocument document = SchemaDocument.parse(schema);
        Rule rule = new SchemaCompiler(document, false).document();
        return RuleCheck.isFinite(rule) ? rule : new SchemaCompiler(document, true).document();
    }

    private Rule document() {
        return sequence(json.gap, value(document.root(), "#"));
    }

    /** The rules of any JSON object. */
    static Rule anyObject() {
        JsonRules json = new JsonRules();
        return sequence(json.gap, json.anyObject);
    }

    private Rule value(JsonNode schema, String path) {
        if (++schemas > MAX_SCHEMAS || ++nesting > MAX_NESTING) {
            throw problem(
                    path, "the schema is too large: more than " + MAX_SCHEMAS + " subschemas, or nested too deeply");
        }
        try {
            return unlimitedValue(schema, path);
        } finally {
            nesting--;
        }
    }

    private Rule unlimitedValue(JsonNode schema, String path) {
        if (schema.isBoolean() && schema.booleanValue()) {
            return json.any;
        }
        if (!(schema instanceof ObjectNode object)) {
            throw problem(
                    path, schema.isBoolean() ? "allows nothing" : "a schema must be an object or true, not " + schema);
        }
        for (String keyword : REFUSED) {
            if (object.has(keyword)) {
                throw problem(path, "the keyword \"" + keyword + "\" is not supported in output schemas");
            }
        }
        if (object.has("$ref")) {
            return reference(object, path);
        }
        if (object.has("allOf")) {
            return value(document.merged(object, path), path);
        }
        for (String keyword : List.of("anyOf", "oneOf")) {
            if (object.has(keyword)) {
                return alternatives(object, keyword, path);
            }
        }
        if (object.has("const")) {
            return literal(object.get("const").toString());
        }
        if (object.has("enum")) {
            return constants(object, path);
        }
        return typed(object, path);
    }

    private Rule reference(ObjectNode schema, String path) {
        ObjectNode siblings = schema.deepCopy();
        String pointer = text(schema, "$ref", path);
        siblings.remove("$ref");
        siblings.remove(List.of("$defs", "definitions"));
        if (siblings.propertyNames().stream().anyMatch(STRUCTURAL::contains)) {
            return value(SchemaDocument.merge(siblings, document.resolved(pointer, path), path), path);
        }
        Rule.Reference known = references.get(pointer);
        if (known == null) {
            known = new Rule.Reference();
            references.put(pointer, known);
            known.target = value(document.resolve(pointer, path), pointer);
        }
        return known;
    }

    private Rule alternatives(ObjectNode schema, String keyword, String path) {
        ObjectNode base = schema.deepCopy();
        base.remove(keyword);
        boolean plain = base.propertyNames().stream().noneMatch(STRUCTURAL::contains);
        List<Rule> rules = new ArrayList<>();
        int i = 0;
        for (JsonNode alternative : list(schema, keyword, path)) {
            String at = path + "/" + keyword + "/" + i++;
            if (alternative.isBoolean() && !alternative.booleanValue()) {
                continue;
            }
            if (plain) {
                rules.add(value(alternative, at));
            } else {
                ObjectNode both = base.deepCopy();
                both.putArray("allOf").add(alternative);
                rules.add(value(both, at));
            }
        }
        if (rules.isEmpty()) {
            throw problem(path, keyword + " allows nothing");
        }
        return new Rule.Choice(rules);
    }

    private Rule constants(ObjectNode schema, String path) {
        List<Rule> rules = new ArrayList<>();
        for (JsonNode value : list(schema, "enum", path)) {
            if (!schema.has("type") || types(schema, path).stream().anyMatch(type -> isOf(value, type))) {
                rules.add(literal(value.toString()));
            }
        }
        if (rules.isEmpty()) {
            throw problem(path, "enum allows nothing");
        }
        return new Rule.Choice(rules);
    }

    private static boolean isOf(JsonNode value, String type) {
        return switch (type) {
            case "string" -> value.isString();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            default -> false;
        };
    }

    private Rule typed(ObjectNode schema, String path) {
        List<String> types = types(schema, path);
        if (types.isEmpty()) {
            return json.any;
        }
        List<Rule> rules = new ArrayList<>();
        for (String type : types) {
            rules.add(
                    switch (type) {
                        case "object" -> object(schema, path);
                        case "array" -> array(schema, path);
                        case "string" -> string(schema, path);
                        case "integer" -> new NumberSchema(schema, json).integer(message -> problem(path, message));
                        case "number" -> new NumberSchema(schema, json).number(message -> problem(path, message));
                        case "boolean" -> json.bool;
                        case "null" -> json.nil;
                        default -> throw problem(path, "unknown type \"" + type + "\"");
                    });
        }
        return rules.size() == 1 ? rules.getFirst() : new Rule.Choice(rules);
    }

    /** The types that a schema names, or that its keywords are about. */
    private static List<String> types(ObjectNode schema, String path) {
        JsonNode type = schema.get("type");
        if (type == null) {
            Map<String, List<String>> hints = new LinkedHashMap<>();
            hints.put("object", List.of("properties", "required", "additionalProperties", "propertyNames"));
            hints.put("array", List.of("items", "prefixItems", "minItems", "maxItems"));
            hints.put("string", List.of("minLength", "maxLength", "format", "pattern"));
            hints.put("number", List.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"));
            return hints.entrySet().stream()
                    .filter(hint -> hint.getValue().stream().anyMatch(schema::has))
                    .map(Map.Entry::getKey)
                    .toList();
        }
        List<String> types = new ArrayList<>();
        for (JsonNode each : type.isArray() ? type : List.of(type)) {
            if (!each.isString()) {
                throw problem(path, "type must be a text or a list of texts, not " + type);
            }
            types.add(each.stringValue());
        }
        if (types.isEmpty()) {
            throw problem(path, "type allows nothing");
        }
        return types;
    }

    private Rule object(ObjectNode schema, String path) {
        Map<String, JsonNode> properties = new LinkedHashMap<>();
        JsonNode declared = schema.get("properties");
        if (declared instanceof ObjectNode object) {
            object.properties().forEach(entry -> properties.put(entry.getKey(), entry.getValue()));
        } else if (declared != null) {
            throw problem(path, "properties must be an object");
        }
        List<String> required = new ArrayList<>();
        if (schema.has("required")) {
            for (JsonNode name : list(schema, "required", path)) {
                required.add(name.asString());
                properties.putIfAbsent(name.asString(), JsonNodeFactory.instance.booleanNode(true));
            }
        }
        JsonNode more = schema.get("additionalProperties");
        boolean closed = more == null ? !properties.isEmpty() : more.isBoolean() && !more.booleanValue();
        Rule moreValue = closed ? null : more == null ? json.any : value(more, path + "/additionalProperties");
        if (properties.isEmpty()) {
            return moreValue == null
                    ? json.bracketed("{", sequence(), "}")
                    : json.map(
                            names(schema, path),
                            moreValue,
                            count(schema, "minProperties", 0, path),
                            count(schema, "maxProperties", Rule.Repeat.UNBOUNDED, path));
        }
        return json.bracketed("{", members(properties, required, moreValue, path), "}");
    }

    private Rule names(ObjectNode schema, String path) {
        JsonNode names = schema.get("propertyNames");
        return names == null ? json.string(0, Rule.Repeat.UNBOUNDED) : value(names, path + "/propertyNames");
    }

    /** Built from the last property to the first: the rest of the members if one was written before, and if none was. */
    private Rule members(
            Map<String, JsonNode> properties, List<String> required, @Nullable Rule moreValue, String path) {
        Rule restAfterOne = sequence();
        Rule restAsFirst = sequence();
        if (moreValue != null) {
            List<byte[]> taken = properties.keySet().stream()
                    .filter(name -> quoted(name).length() == name.length() + 2)
                    .map(name -> name.getBytes(StandardCharsets.UTF_8))
                    .toList();
            Rule pair = json.pair(sequence(json.quote, json.otherName(taken, 0)), moreValue);
            restAfterOne = Rule.repeat(json.next(pair), 0, Rule.Repeat.UNBOUNDED);
            restAsFirst = optional(sequence(pair, restAfterOne));
        }
        for (Map.Entry<String, JsonNode> property : new ArrayList<>(properties.entrySet()).reversed()) {
            String name = property.getKey();
            boolean mayLack = !required.contains(name);
            if (mayLack
                    && property.getValue().isBoolean()
                    && !property.getValue().booleanValue()) {
                continue;
            }
            Rule value = value(property.getValue(), path + "/properties/" + name);
            boolean reference = property.getValue().has("$ref");
            Rule pair =
                    json.pair(literal(quoted(name)), reference && nullableReferences ? choice(value, json.nil) : value);
            Rule first = sequence(pair, restAfterOne);
            Rule later = sequence(json.next(pair), restAfterOne);
            restAsFirst = mayLack ? choice(first, restAsFirst) : first;
            restAfterOne = mayLack ? choice(later, restAfterOne) : later;
        }
        return restAsFirst;
    }

    private static String quoted(String name) {
        return JsonNodeFactory.instance.stringNode(name).toString();
    }

    private Rule array(ObjectNode schema, String path) {
        int min = count(schema, "minItems", 0, path);
        int max = count(schema, "maxItems", Rule.Repeat.UNBOUNDED, path);
        JsonNode items = schema.get("items");
        if (min > max) {
            throw problem(path, "minItems is above maxItems");
        }
        if (schema.has("prefixItems") || (items != null && items.isArray())) {
            String keyword = schema.has("prefixItems") ? "prefixItems" : "items";
            return tuple(schema, keyword, path);
        }
        return json.array(items == null ? json.any : value(items, path + "/items"), min, max);
    }

    /** All of the listed items, no others. */
    private Rule tuple(ObjectNode schema, String keyword, String path) {
        List<Rule> parts = new ArrayList<>();
        for (JsonNode item : list(schema, keyword, path)) {
            Rule value = value(item, path + "/" + keyword + "/" + parts.size());
            parts.add(parts.isEmpty() ? value : json.next(value));
        }
        return json.bracketed("[", new Rule.Sequence(parts), "]");
    }

    private Rule string(ObjectNode schema, String path) {
        Rule format = schema.has("format") ? StringFormats.of(text(schema, "format", path)) : null;
        if (format != null) {
            return json.quoted(format);
        }
        int min = count(schema, "minLength", 0, path);
        int max = count(schema, "maxLength", Rule.Repeat.UNBOUNDED, path);
        if (min > max) {
            throw problem(path, "minLength is above maxLength");
        }
        return json.string(min, max);
    }
}
