package io.specoffload.sampling;

import static io.specoffload.sampling.Rule.literal;
import static io.specoffload.sampling.Rule.optional;
import static io.specoffload.sampling.Rule.sequence;

import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The number keywords of one schema. Bounds of integers are exact. Of other numbers, whole bounds are kept (but for the
 * bound itself where it is excluded); of other bounds only the sign.
 */
final class NumberSchema {
    private final ObjectNode schema;
    private final JsonRules json;

    NumberSchema(ObjectNode schema, JsonRules json) {
        this.schema = schema;
        this.json = json;
    }

    Rule integer(Function<String, IllegalArgumentException> problem) {
        double low = lower(true, problem);
        double high = upper(true, problem);
        String format = schema.has("format") ? schema.get("format").asString() : "";
        if (format.equals("int32")) {
            low = Math.max(low, Integer.MIN_VALUE);
            high = Math.min(high, Integer.MAX_VALUE);
        }
        if (low > high) {
            throw problem.apply("no integer lies within its bounds");
        }
        boolean unbounded = low == Double.NEGATIVE_INFINITY && high == Double.POSITIVE_INFINITY;
        return unbounded ? json.integer : IntegerRange.of((long) low, (long) high);
    }

    Rule number(Function<String, IllegalArgumentException> problem) {
        double low = lower(false, problem);
        double high = upper(false, problem);
        if (low > high) {
            throw problem.apply("no number lies within its bounds");
        }
        boolean lowOpen = low == Double.NEGATIVE_INFINITY;
        boolean highOpen = high == Double.POSITIVE_INFINITY;
        if (lowOpen && highOpen) {
            return json.number;
        }
        if (low >= 0 && (highOpen || high == Math.rint(high)) && low == Math.rint(low)) {
            long from = (long) low;
            long to = highOpen ? IntegerRange.LIMIT : (long) high;
            Rule whole = IntegerRange.of(from, to);
            return from == to ? whole : Rule.choice(whole, sequence(IntegerRange.of(from, to - 1), json.fraction()));
        }
        Rule positive = sequence(IntegerRange.of(0, IntegerRange.LIMIT), optional(json.fraction()));
        return low >= 0 ? positive : high <= 0 ? sequence(literal("-"), positive) : json.number;
    }

    private double lower(boolean integer, Function<String, IllegalArgumentException> problem) {
        double bound = bound("minimum", Double.NEGATIVE_INFINITY, problem);
        double excluded = bound("exclusiveMinimum", Double.NEGATIVE_INFINITY, problem);
        return integer ? Math.max(Math.ceil(bound), Math.floor(excluded) + 1) : Math.max(bound, excluded);
    }

    private double upper(boolean integer, Function<String, IllegalArgumentException> problem) {
        double bound = bound("maximum", Double.POSITIVE_INFINITY, problem);
        double excluded = bound("exclusiveMaximum", Double.POSITIVE_INFINITY, problem);
        return integer ? Math.min(Math.floor(bound), Math.ceil(excluded) - 1) : Math.min(bound, excluded);
    }

    /** A bound; the true and false of old drafts' exclusive bounds say nothing here. */
    private double bound(String keyword, double otherwise, Function<String, IllegalArgumentException> problem) {
        JsonNode value = schema.get(keyword);
        if (value == null || value.isBoolean()) {
            return otherwise;
        }
        if (!value.isNumber()) {
            throw problem.apply(keyword + " must be a number, not " + value);
        }
        return value.doubleValue();
    }
}
