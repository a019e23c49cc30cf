package io.specoffload.template;

import io.specoffload.template.Arguments.Bound;
import io.specoffload.template.Environment.Filter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Filters of sequences and mappings as a whole. */
final class SequenceFilters {

    private SequenceFilters() {}

    static void addTo(Map<String, Filter> filters) {
        filters.put("length", SequenceFilters::length);
        filters.put("count", SequenceFilters::length);
        filters.put("list", (value, arguments, environment) -> {
            arguments.none("list");
            return Values.list(value, environment.budget());
        });
        filters.put("first", (value, arguments, environment) -> {
            arguments.none("first");
            Iterator<Object> items = Values.iterate(value);
            return items.hasNext() ? items.next() : new Undefined("No first item, sequence was empty.");
        });
        filters.put("last", SequenceFilters::last);
        filters.put("reverse", SequenceFilters::reverse);
        filters.put("join", SequenceFilters::join);
        filters.put("items", (value, arguments, environment) -> {
            arguments.none("items");
            if (value instanceof Undefined) {
                return new Generator(List.of());
            }
            environment.budget().list(mapping(value).size());
            return new Generator(DictView.items(mapping(value)).items());
        });
        filters.put("dictsort", SequenceFilters::dictSort);
        filters.put("sort", SequenceFilters::sort);
        filters.put("unique", SequenceFilters::unique);
        filters.put("min", (value, arguments, environment) -> extreme("min", value, arguments, environment));
        filters.put("max", (value, arguments, environment) -> extreme("max", value, arguments, environment));
        filters.put("sum", SequenceFilters::sum);
        filters.put("batch", SequenceFilters::batch);
        filters.put("slice", SequenceFilters::slice);
        filters.put("default", SequenceFilters::byDefault);
        filters.put("d", SequenceFilters::byDefault);
        filters.put(
                "attr",
                (value, arguments, environment) -> value instanceof Map
                        ? new Undefined("a dict has no such attribute")
                        : environment
                                .attributes()
                                .attribute(value, arguments.bind("attr", "name").requiredText("name")));
    }

    private static Map<?, ?> mapping(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        if (value instanceof Undefined undefined) {
            throw undefined.error();
        }
        throw new TemplateException("Can only get item pairs from a mapping.");
    }

    private static Object length(Object value, Arguments arguments, Environment environment) {
        arguments.none("length");
        if (value instanceof String text) {
            environment.budget().copy(text.length());
        }
        return Values.length(value);
    }

    private static Object byDefault(Object value, Arguments arguments, Environment environment) {
        Bound bound = arguments.bind("default", "default_value", "boolean");
        boolean missing = value instanceof Undefined || (bound.flag("boolean", false) && !Values.isTrue(value));
        return missing ? bound.value("default_value", "") : value;
    }

    private static List<Object> reversible(Object value, Environment environment) {
        if (value instanceof Generator) {
            throw new TemplateException("'generator' object is not reversible");
        }
        return Values.list(value, environment.budget());
    }

    private static Object last(Object value, Arguments arguments, Environment environment) {
        arguments.none("last");
        List<Object> items = reversible(value, environment);
        return items.isEmpty() ? new Undefined("No last item, sequence was empty.") : items.getLast();
    }

    private static Object reverse(Object value, Arguments arguments, Environment environment) {
        arguments.none("reverse");
        if (value instanceof String text) {
            return new SliceValue(null, null, -1L).of(text, environment.budget());
        }
        return new Generator(Values.list(value, environment.budget()).reversed());
    }

    private static Object join(Object value, Arguments arguments, Environment environment) {
        Bound bound = arguments.bind("join", "d", "attribute");
        Budget budget = environment.budget();
        String separator = Texts.str(bound.value("d", ""), budget);
        AttributePath path = AttributePath.of(bound.optional("attribute"), environment);
        StringBuilder out = new StringBuilder();
        Iterator<Object> items = Values.iterate(value);
        boolean first = true;
        while (items.hasNext()) {
            String text = Texts.str(path.get(items.next()), budget);
            budget.grow(out.length(), (long) text.length() + separator.length());
            out.append(first ? "" : separator).append(text);
            first = false;
        }
        return out.toString();
    }

    /** Texts are compared without regard to case unless asked otherwise. */
    private static Object caseKey(Object value, boolean caseSensitive) {
        return value instanceof String text && !caseSensitive ? Strings.lower(text) : value;
    }

    private static List<Object> sorted(
            List<Object> items, Comparator<Object> order, boolean reverse, Environment environment) {
        environment.budget().list(items.size());
        List<Object> result = new ArrayList<>(items);
        try {
            result.sort(reverse ? order.reversed() : order);
        } catch (IllegalArgumentException e) {
            // values such as NaN have no consistent order
            throw new TemplateException("the items cannot be sorted");
        }
        return result;
    }

    private static Object dictSort(Object value, Arguments arguments, Environment environment) {
        Bound bound = arguments.bind("dictsort", "case_sensitive", "by", "reverse");
        int position = switch (bound.text("by", "key")) {
            case "key" -> 0;
            case "value" -> 1;
            default -> throw new TemplateException("You can only sort by either \"key\" or \"value\"");
        };
        boolean caseSensitive = bound.flag("case_sensitive", false);
        Comparator<Object> order = (a, b) -> Values.compare(
                "<",
                caseKey(((Tuple) a).items().get(position), caseSensitive),
                caseKey(((Tuple) b).items().get(position), caseSensitive),
                environment.budget());
        return sorted(DictView.items(mapping(value)).items(), order, bound.flag("reverse", false), environment);
    }

    private static Object sort(Object value, Arguments arguments, Environment environment) {
        Bound bound = arguments.bind("sort", "reverse", "case_sensitive", "attribute");
        boolean caseSensitive = bound.flag("case_sensitive", false);
        List<AttributePath> paths = AttributePath.several(bound.optional("attribute"), environment);
        Comparator<Object> order = (a, b) -> {
            for (AttributePath path : paths) {
                int result = Values.compare(
                        "<",
                        caseKey(path.get(a), caseSensitive),
                        caseKey(path.get(b), caseSensitive),
                        environment.budget());
                if (result != 0) {
                    return result;
                }
            }
            return 0;
        };
        return sorted(Values.list(value, environment.budget()), order, bound.flag("reverse", false), environment);
    }

    private static Object unique(Object value, Arguments arguments, Environment environment) {
        Bound bound = arguments.bind("unique", "case_sensitive", "attribute");
        boolean caseSensitive = bound.flag("case_sensitive", false);
        AttributePath path = AttributePath.of(bound.optional("attribute"), environment);
        Set<Object> seen = new HashSet<>();
        List<Object> kept = new ArrayList<>();
        for (Object item : Values.list(value, environment.budget())) {
            if (seen.add(Values.hashable(caseKey(path.get(item), caseSensitive)))) {
                kept.add(item);
            }
        }
        return new Generator(kept);
    }

    private static Object extreme(String name, Object value, Arguments arguments, Environment environment) {
        Bound bound = arguments.bind(name, "case_sensitive", "attribute");
        boolean caseSensitive = bound.flag("case_sensitive", false);
        AttributePath path = AttributePath.of(bound.optional("attribute"), environment);
        @Nullable Object best = null;
        for (Object item : Values.list(value, environment.budget())) {
            if (best == null) {
                best = item;
                continue;
            }
            int order = Values.compare(
                    "<",
                    caseKey(path.get(item), caseSensitive),
                    caseKey(path.get(best), caseSensitive),
                    environment.budget());
            if (name.equals("min") ? order < 0 : order > 0) {
                best = item;
            }
        }
        return best == null ? new Undefined("No aggregated item, sequence was empty.") : best;
    }

    private static Object sum(Object value, Arguments arguments, Environment environment) {
        Bound bound = arguments.bind("sum", "attribute", "start");
        AttributePath path = AttributePath.of(bound.optional("attribute"), environment);
        Object total = bound.value("start", 0L);
        for (Object item : Values.list(value, environment.budget())) {
            total = Arithmetic.apply("+", total, path.get(item), environment.budget());
        }
        return total;
    }

    private static Object batch(Object value, Arguments arguments, Environment environment) {
        Bound bound = arguments.bind("batch", "linecount", "fill_with");
        long size = count(bound, "linecount");
        Object fill = bound.value("fill_with", None.NONE);
        List<Object> batches = new ArrayList<>();
        List<Object> current = new ArrayList<>();
        for (Object item : Values.list(value, environment.budget())) {
            if (current.size() == size) {
                batches.add(current);
                current = new ArrayList<>();
            }
            current.add(item);
        }
        if (!current.isEmpty()) {
            environment.budget().list(fill == None.NONE ? 0 : size);
            while (fill != None.NONE && current.size() < size) {
                current.add(fill);
            }
            batches.add(current);
        }
        return new Generator(batches);
    }

    private static long count(Bound bound, String name) {
        bound.required(name);
        long count = bound.integer(name, 0);
        if (count < 1) {
            throw new TemplateException(bound.function() + "(): '" + name + "' must be at least 1");
        }
        return count;
    }

    private static Object slice(Object value, Arguments arguments, Environment environment) {
        Bound bound = arguments.bind("slice", "slices", "fill_with");
        long slices = count(bound, "slices");
        Object fill = bound.value("fill_with", None.NONE);
        List<Object> items = Values.list(value, environment.budget());
        environment.budget().list(slices);
        long each = items.size() / slices;
        long longer = items.size() % slices;
        List<Object> result = new ArrayList<>();
        int start = 0;
        for (long i = 0; i < slices; i++) {
            int end = (int) (start + each + (i < longer ? 1 : 0));
            List<Object> part = new ArrayList<>(items.subList(start, end));
            if (fill != None.NONE && i >= longer) {
                part.add(fill);
            }
            result.add(part);
            start = end;
        }
        return new Generator(result);
    }
}
