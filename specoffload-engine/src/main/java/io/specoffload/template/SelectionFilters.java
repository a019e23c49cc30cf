package io.specoffload.template;

import io.specoffload.template.Environment.Filter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Filters that apply a filter or a test to each element. */
final class SelectionFilters {

    private SelectionFilters() {}

    static void addTo(Map<String, Filter> filters) {
        filters.put("map", SelectionFilters::map);
        filters.put("select", (value, arguments, environment) -> select(value, arguments, environment, true));
        filters.put("reject", (value, arguments, environment) -> select(value, arguments, environment, false));
        filters.put("selectattr", (value, arguments, environment) -> byAttribute(value, arguments, environment, true));
        filters.put("rejectattr", (value, arguments, environment) -> byAttribute(value, arguments, environment, false));
        filters.put("groupby", SelectionFilters::group);
    }

    private static String name(Arguments arguments, String filter) {
        if (arguments.positional().isEmpty()) {
            throw new TemplateException(filter + " requires an argument");
        }
        if (!(arguments.positional().getFirst() instanceof String name)) {
            throw new TemplateException(filter + "(): the name must be a string");
        }
        return name;
    }

    private static Object map(Object value, Arguments arguments, Environment environment) {
        List<Object> items = Values.list(value, environment.budget());
        List<Object> result = new ArrayList<>(items.size());
        if (arguments.positional().isEmpty() && arguments.named().containsKey("attribute")) {
            Arguments.Bound bound = arguments.bind("map", "attribute", "default");
            AttributePath path = AttributePath.of(bound.optional("attribute"), bound.optional("default"), environment);
            items.forEach(item -> result.add(path.get(item)));
        } else {
            String filter = name(arguments, "map");
            Arguments rest = arguments.tail();
            items.forEach(item -> result.add(environment.filter(filter, item, rest)));
        }
        return new Generator(result);
    }

    /** Whether an item is wanted: it passes the test that the arguments name, or is true if they name none. */
    private static boolean passes(Object item, Arguments test, Environment environment) {
        return test.positional().isEmpty()
                ? Values.isTrue(item)
                : environment.test(name(test, "select"), item, test.tail());
    }

    private static Object select(Object value, Arguments test, Environment environment, boolean wanted) {
        List<Object> kept = new ArrayList<>();
        for (Object item : Values.list(value, environment.budget())) {
            if (passes(item, test, environment) == wanted) {
                kept.add(item);
            }
        }
        return new Generator(kept);
    }

    private static Object byAttribute(Object value, Arguments arguments, Environment environment, boolean wanted) {
        if (arguments.positional().isEmpty()) {
            throw new TemplateException("Missing parameter for attribute name");
        }
        AttributePath path = AttributePath.of(arguments.positional().getFirst(), environment);
        Arguments test = arguments.tail();
        List<Object> kept = new ArrayList<>();
        for (Object item : Values.list(value, environment.budget())) {
            if (passes(path.get(item), test, environment) == wanted) {
                kept.add(item);
            }
        }
        return new Generator(kept);
    }

    private static Object group(Object value, Arguments arguments, Environment environment) {
        Arguments.Bound bound = arguments.bind("groupby", "attribute", "default", "case_sensitive");
        boolean caseSensitive = bound.flag("case_sensitive", false);
        AttributePath path = AttributePath.of(bound.required("attribute"), bound.optional("default"), environment);
        Map<Object, List<Object>> groups = new LinkedHashMap<>();
        Map<Object, Object> shown = new LinkedHashMap<>();
        for (Object item : Values.list(value, environment.budget())) {
            Object found = path.get(item);
            Object key = found instanceof String text && !caseSensitive ? Strings.lower(text) : found;
            shown.putIfAbsent(Values.hashable(key), found);
            groups.computeIfAbsent(key, absent -> new ArrayList<>()).add(item);
        }
        List<Object> keys = new ArrayList<>(groups.keySet());
        Comparator<Object> order = (a, b) -> Values.compare("<", a, b, environment.budget());
        keys.sort(order);
        List<Object> result = new ArrayList<>();
        for (Object key : keys) {
            result.add(Tuple.of(shown.getOrDefault(key, key), groups.getOrDefault(key, List.of())));
        }
        return result;
    }
}
