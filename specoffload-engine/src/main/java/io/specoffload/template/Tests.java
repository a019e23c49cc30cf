package io.specoffload.template;

import io.specoffload.template.Environment.Test;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Jinja's tests, what stands after {@code is}. */
final class Tests {

    private Tests() {}

    static Map<String, Test> all() {
        Map<String, Test> tests = new HashMap<>();
        kinds(tests);
        numbers(tests);
        comparisons(tests);
        return Map.copyOf(tests);
    }

    private static void kinds(Map<String, Test> tests) {
        tests.put("defined", (value, arguments, environment) -> !(value instanceof Undefined));
        tests.put("undefined", (value, arguments, environment) -> value instanceof Undefined);
        tests.put("none", (value, arguments, environment) -> value == None.NONE);
        tests.put("boolean", (value, arguments, environment) -> value instanceof Boolean);
        tests.put("true", (value, arguments, environment) -> value.equals(true));
        tests.put("false", (value, arguments, environment) -> value.equals(false));
        tests.put("integer", (value, arguments, environment) -> value instanceof Long);
        tests.put("float", (value, arguments, environment) -> value instanceof Double);
        tests.put("number", (value, arguments, environment) -> Values.number(value) != null);
        tests.put("string", (value, arguments, environment) -> value instanceof String);
        tests.put("mapping", (value, arguments, environment) -> value instanceof Map);
        tests.put(
                "sequence",
                (value, arguments, environment) -> value instanceof String
                        || value instanceof Map
                        || value instanceof Undefined
                        || Values.sequence(value) != null);
        tests.put("iterable", (value, arguments, environment) -> Values.isIterable(value));
        tests.put(
                "callable", (value, arguments, environment) -> value instanceof Callable || value instanceof Undefined);
        tests.put("escaped", (value, arguments, environment) -> false);
        tests.put(
                "filter",
                (value, arguments, environment) -> value instanceof String name && Environment.hasFilter(name));
        tests.put("test", (value, arguments, environment) -> value instanceof String name && Environment.hasTest(name));
    }

    private static void numbers(Map<String, Test> tests) {
        tests.put(
                "odd",
                (value, arguments, environment) ->
                        remainder(value, 2L, environment).equals(1L));
        tests.put(
                "even",
                (value, arguments, environment) ->
                        remainder(value, 2L, environment).equals(0L));
        tests.put(
                "divisibleby",
                (value, arguments, environment) -> remainder(
                                value, arguments.bind("divisibleby", "num").required("num"), environment)
                        .equals(0L));
        tests.put("upper", (value, arguments, environment) -> {
            String text = Texts.str(value, environment.budget());
            environment.budget().copy(text.length());
            return StringMethods.isCased(text) && text.equals(Strings.upper(text));
        });
        tests.put("lower", (value, arguments, environment) -> {
            String text = Texts.str(value, environment.budget());
            environment.budget().copy(text.length());
            return StringMethods.isCased(text) && text.equals(Strings.lower(text));
        });
    }

    private static Object remainder(Object value, Object divisor, Environment environment) {
        Object result = Arithmetic.apply("%", value, divisor, environment.budget());
        return result instanceof Double real && real == Math.rint(real) ? (Object) real.longValue() : result;
    }

    private static void comparisons(Map<String, Test> tests) {
        alias(
                tests,
                (value, arguments, environment) -> Values.equal(value, other(arguments), environment.budget()),
                "eq",
                "equalto",
                "==");
        alias(
                tests,
                (value, arguments, environment) -> !Values.equal(value, other(arguments), environment.budget()),
                "ne",
                "!=");
        alias(
                tests,
                (value, arguments, environment) -> order("<", value, arguments, environment) < 0,
                "lt",
                "lessthan",
                "<");
        alias(tests, (value, arguments, environment) -> order("<=", value, arguments, environment) <= 0, "le", "<=");
        alias(
                tests,
                (value, arguments, environment) -> order(">", value, arguments, environment) > 0,
                "gt",
                "greaterthan",
                ">");
        alias(tests, (value, arguments, environment) -> order(">=", value, arguments, environment) >= 0, "ge", ">=");
        tests.put(
                "in",
                (value, arguments, environment) -> Values.contains(other(arguments), value, environment.budget()));
        tests.put("sameas", (value, arguments, environment) -> isSame(value, other(arguments)));
    }

    /** Python's {@code is}: equal constants are one object, two lists are not. */
    @SuppressWarnings("ReferenceEquality")
    private static boolean isSame(Object a, Object b) {
        boolean identity = a instanceof List || a instanceof Map;
        return identity ? a == b : a.getClass() == b.getClass() && a.equals(b);
    }

    private static Object other(Arguments arguments) {
        return arguments.bind("test", "other").required("other");
    }

    private static int order(String operator, Object value, Arguments arguments, Environment environment) {
        return Values.compare(operator, value, other(arguments), environment.budget());
    }

    private static void alias(Map<String, Test> tests, Test test, String... names) {
        for (String name : names) {
            tests.put(name, test);
        }
    }
}
