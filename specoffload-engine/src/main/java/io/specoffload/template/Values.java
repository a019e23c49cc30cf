package io.specoffload.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Python's values in Java: {@link None}, Boolean, Long, Double, String, List, {@link Tuple}, {@link Range}, Map (in
 * insertion order), {@link DictView}, {@link Generator}, {@link Namespace}, {@link Undefined} and {@link Callable}.
 */
final class Values {

    private static final int MAX_INPUT_DEPTH = 100;

    private Values() {}

    /** Copies what a caller gives as a variable into the interpreter's values. */
    static Object of(@Nullable Object value) {
        return of(value, 0);
    }

    private static Object of(@Nullable Object value, int depth) {
        if (depth > MAX_INPUT_DEPTH) {
            throw new IllegalArgumentException("a template variable is nested deeper than " + MAX_INPUT_DEPTH);
        }
        return switch (value) {
            case null -> None.NONE;
            case String text -> text;
            case Boolean flag -> flag;
            case Long number -> number;
            case Integer number -> number.longValue();
            case Short number -> number.longValue();
            case Byte number -> number.longValue();
            case Double number -> number;
            case Float number -> Double.parseDouble(number.toString());
            case BigInteger number -> number.longValueExact();
            case BigDecimal number -> number.doubleValue();
            case CharSequence text -> text.toString();
            case Enum<?> constant -> constant.name();
            case Map<?, ?> map -> {
                Map<Object, Object> copy = new LinkedHashMap<>();
                map.forEach((key, entry) -> copy.put(of(key, depth + 1), of(entry, depth + 1)));
                yield copy;
            }
            case Collection<?> items -> {
                List<Object> copy = new ArrayList<>(items.size());
                items.forEach(item -> copy.add(of(item, depth + 1)));
                yield copy;
            }
            default ->
                throw new IllegalArgumentException("a template variable may hold maps, collections, texts, numbers and"
                        + " booleans, but not " + value.getClass().getName());
        };
    }

    static boolean isTrue(Object value) {
        return switch (value) {
            case Boolean flag -> flag;
            case None none -> false;
            case Undefined undefined -> false;
            case String text -> !text.isEmpty();
            case Long number -> number != 0;
            case Double number -> number != 0;
            case List<?> list -> !list.isEmpty();
            case Map<?, ?> map -> !map.isEmpty();
            case Tuple tuple -> !tuple.items().isEmpty();
            case Range range -> range.length() > 0;
            case DictView view -> !view.items().isEmpty();
            default -> true;
        };
    }

    /** Python's name of the value's type. */
    static String typeName(Object value) {
        return switch (value) {
            case None none -> "NoneType";
            case Undefined undefined -> "Undefined";
            case Boolean flag -> "bool";
            case Long number -> "int";
            case Double number -> "float";
            case String text -> "str";
            case List<?> list -> "list";
            case Map<?, ?> map -> "dict";
            case Tuple tuple -> "tuple";
            case Range range -> "range";
            case DictView view -> view.kind();
            case Generator generator -> "generator";
            case Namespace namespace -> "Namespace";
            case SliceValue slice -> "slice";
            default -> "function";
        };
    }

    /** The elements of a list, tuple or range; null for anything else. */
    @SuppressWarnings("unchecked")
    static @Nullable List<Object> sequence(Object value) {
        return switch (value) {
            case List<?> list -> (List<Object>) list;
            case Tuple tuple -> tuple.items();
            case Range range -> range.items();
            default -> null;
        };
    }

    /** Iterates over a value as {@code for} does. */
    static Iterator<Object> iterate(Object value) {
        return switch (value) {
            case Undefined undefined -> List.of().iterator();
            case String text -> Strings.characters(text).iterator();
            case Map<?, ?> map -> new ArrayList<Object>(map.keySet()).iterator();
            case DictView view -> view.items().iterator();
            case Generator generator -> generator.iterator();
            default -> {
                List<Object> items = sequence(value);
                if (items == null) {
                    throw new TemplateException("'" + typeName(value) + "' object is not iterable");
                }
                yield items.iterator();
            }
        };
    }

    static boolean isIterable(Object value) {
        return value instanceof Undefined
                || value instanceof String
                || value instanceof Map
                || value instanceof DictView
                || value instanceof Generator
                || value instanceof LoopVariable
                || sequence(value) != null;
    }

    /** All elements as a new list. */
    static List<Object> list(Object value, Budget budget) {
        if (value instanceof String text) {
            // every character becomes an object
            budget.step(text.length());
        }
        List<Object> result = new ArrayList<>();
        Iterator<Object> items = iterate(value);
        while (items.hasNext()) {
            result.add(items.next());
        }
        budget.list(result.size());
        return result;
    }

    /** Python's {@code len}. */
    static long length(Object value) {
        return switch (value) {
            case Undefined undefined -> 0;
            case String text -> Strings.length(text);
            case List<?> list -> list.size();
            case Map<?, ?> map -> map.size();
            case Tuple tuple -> tuple.items().size();
            case Range range -> range.length();
            case DictView view -> view.items().size();
            case LoopVariable loop -> loop.length();
            default -> throw new TemplateException("object of type '" + typeName(value) + "' has no len()");
        };
    }

    /** A number's value as a double; null where the value is not a number. Booleans are numbers. */
    static @Nullable Double number(Object value) {
        return switch (value) {
            case Long number -> number.doubleValue();
            case Double number -> number;
            case Boolean flag -> flag ? 1.0 : 0.0;
            default -> null;
        };
    }

    /** An integer's value; null where the value is none. Booleans are integers. */
    static @Nullable Long integer(Object value) {
        return switch (value) {
            case Long number -> number;
            case Boolean flag -> flag ? 1L : 0L;
            default -> null;
        };
    }

    /** Python's {@code ==}; what has no value of its own equals itself only. */
    @SuppressWarnings("ReferenceEquality")
    static boolean equal(Object a, Object b, Budget budget) {
        budget.step(1);
        if (a instanceof String x && b instanceof String y) {
            return x.equals(y);
        }
        if (a instanceof List<?> x && b instanceof List<?> y) {
            return equalItems(x, y, budget);
        }
        if (a instanceof Tuple x && b instanceof Tuple y) {
            return equalItems(x.items(), y.items(), budget);
        }
        if (a instanceof Map<?, ?> x && b instanceof Map<?, ?> y) {
            return equalMaps(x, y, budget);
        }
        if (a instanceof Undefined && b instanceof Undefined) {
            return true;
        }
        Long i = integer(a);
        Long j = integer(b);
        if (i != null && j != null) {
            return i.equals(j);
        }
        Double x = number(a);
        Double y = number(b);
        if (x != null && y != null) {
            return x.doubleValue() == y.doubleValue();
        }
        if (a instanceof Range || a instanceof None) {
            return a.equals(b);
        }
        return a == b;
    }

    private static boolean equalItems(List<?> a, List<?> b, Budget budget) {
        if (a.size() != b.size()) {
            return false;
        }
        budget.enter();
        try {
            for (int i = 0; i < a.size(); i++) {
                if (!equal(a.get(i), b.get(i), budget)) {
                    return false;
                }
            }
            return true;
        } finally {
            budget.leave();
        }
    }

    private static boolean equalMaps(Map<?, ?> a, Map<?, ?> b, Budget budget) {
        if (a.size() != b.size()) {
            return false;
        }
        budget.enter();
        try {
            for (Map.Entry<?, ?> entry : a.entrySet()) {
                Object other = b.get(entry.getKey());
                if (other == null || !equal(entry.getValue(), other, budget)) {
                    return false;
                }
            }
            return true;
        } finally {
            budget.leave();
        }
    }

    /** Python's order; an error, with the operator, where there is none. */
    static int compare(String operator, Object a, Object b, Budget budget) {
        budget.step(1);
        if (a instanceof String x && b instanceof String y) {
            budget.copy(Math.min(x.length(), y.length()));
            return Strings.compare(x, y);
        }
        Long i = integer(a);
        Long j = integer(b);
        if (i != null && j != null) {
            return Long.compare(i, j);
        }
        Double x = number(a);
        Double y = number(b);
        if (x != null && y != null) {
            return x < y ? -1 : x > y ? 1 : 0;
        }
        if ((a instanceof List && b instanceof List) || (a instanceof Tuple && b instanceof Tuple)) {
            return compareItems(operator, Values.list(a, budget), Values.list(b, budget), budget);
        }
        if (a instanceof Undefined undefined) {
            throw undefined.error();
        }
        if (b instanceof Undefined undefined) {
            throw undefined.error();
        }
        throw new TemplateException("'" + operator + "' not supported between instances of '" + typeName(a) + "' and '"
                + typeName(b) + "'");
    }

    private static int compareItems(String operator, List<Object> a, List<Object> b, Budget budget) {
        budget.enter();
        try {
            int size = Math.min(a.size(), b.size());
            for (int i = 0; i < size; i++) {
                if (!equal(a.get(i), b.get(i), budget)) {
                    return compare(operator, a.get(i), b.get(i), budget);
                }
            }
            return Integer.compare(a.size(), b.size());
        } finally {
            budget.leave();
        }
    }

    /** Python's {@code item in container}. */
    static boolean contains(Object container, Object item, Budget budget) {
        if (container instanceof String text) {
            if (!(item instanceof String part)) {
                throw item instanceof Undefined undefined
                        ? undefined.error()
                        : new TemplateException("'in <string>' requires string as left operand, not " + typeName(item));
            }
            budget.search(text.length(), part.length());
            return text.contains(part);
        }
        if (container instanceof Map<?, ?> map) {
            return map.containsKey(hashable(item));
        }
        if (!isIterable(container)) {
            throw new TemplateException("argument of type '" + typeName(container) + "' is not iterable");
        }
        Iterator<Object> items = iterate(container);
        while (items.hasNext()) {
            if (equal(items.next(), item, budget)) {
                return true;
            }
        }
        return false;
    }

    /** A value as a dictionary's key; lists and dictionaries cannot be one. */
    static Object hashable(Object key) {
        if (key instanceof List || key instanceof Map || key instanceof SliceValue) {
            throw new TemplateException("unhashable type: '" + typeName(key) + "'");
        }
        if (key instanceof Tuple tuple) {
            tuple.items().forEach(item -> {
                if (item instanceof Tuple) {
                    throw new TemplateException("a dictionary's key may not be a nested tuple");
                }
                hashable(item);
            });
        }
        return key;
    }
}
