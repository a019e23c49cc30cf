package io.specoffload.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code object.name} and {@code object[index]}, as Jinja's sandbox resolves them. */
final class Attributes {

    private static final Set<String> MUTATING_DICT = Set.of("clear", "pop", "popitem", "setdefault", "update");
    private static final Set<String> MUTATING_LIST =
            Set.of("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort");

    private final Budget budget;
    private final StringMethods strings;

    Attributes(Budget budget) {
        this.budget = budget;
        strings = new StringMethods(budget);
    }

    /** {@code object.name}: a method or attribute first, then an element. */
    Object attribute(Object object, String name) {
        Object own = own(object, name);
        if (own != null) {
            return own;
        }
        if (object instanceof Map<?, ?> map) {
            Object value = map.get(name);
            if (value != null) {
                return value;
            }
        }
        return missing(object, name);
    }

    /** {@code object[index]}: an element first, then a method or attribute. */
    Object item(Object object, Object index) {
        if (object instanceof Undefined undefined) {
            throw undefined.error();
        }
        if (object instanceof Map<?, ?> map) {
            Object value = index instanceof List || index instanceof Map ? null : map.get(index);
            if (value != null) {
                return value;
            }
        } else if (index instanceof SliceValue slice) {
            return sliced(object, slice);
        } else {
            Long position = Values.integer(index);
            Object value = position == null ? null : element(object, position);
            if (value != null) {
                return value;
            }
        }
        if (index instanceof String name) {
            Object own = own(object, name);
            return own == null ? missing(object, name) : own;
        }
        return new Undefined(shown(object) + " has no element " + Texts.repr(index, budget));
    }

    private Object sliced(Object object, SliceValue slice) {
        return switch (object) {
            case String text -> slice.of(text, budget);
            case Tuple tuple -> new Tuple(slice.of(tuple.items(), budget));
            default -> {
                List<Object> items = Values.sequence(object);
                yield items == null ? new Undefined(shown(object) + " cannot be sliced") : slice.of(items, budget);
            }
        };
    }

    private static @Nullable Object element(Object object, long position) {
        if (object instanceof String text) {
            int length = Strings.length(text);
            long at = position < 0 ? position + length : position;
            return at < 0 || at >= length ? null : Strings.substring(text, (int) at, (int) at + 1);
        }
        List<Object> items = Values.sequence(object);
        if (items == null) {
            return null;
        }
        long at = position < 0 ? position + items.size() : position;
        return at < 0 || at >= items.size() ? null : items.get((int) at);
    }

    private @Nullable Object own(Object object, String name) {
        return switch (object) {
            case Undefined undefined -> throw undefined.error();
            case String text -> strings.method(text, name);
            case Map<?, ?> map -> dictMethod(map, name);
            case List<?> list -> MUTATING_LIST.contains(name) ? unsafe(object, name) : listMethod(list, name);
            case Tuple tuple -> name.equals("copy") ? null : listMethod(tuple.items(), name);
            case Namespace namespace -> namespace.attributes().get(name);
            case LoopVariable loop -> loop.attribute(name);
            case Macro macro -> macro.attribute(name);
            case Globals.Cycler cycler -> cycler.attribute(name);
            default -> null;
        };
    }

    private @Nullable Object dictMethod(Map<?, ?> map, String name) {
        Callable method = switch (name) {
            case "items" ->
                arguments -> {
                    arguments.none(name);
                    budget.list(map.size());
                    return DictView.items(map);
                };
            case "keys" ->
                arguments -> {
                    arguments.none(name);
                    budget.list(map.size());
                    return DictView.keys(map);
                };
            case "values" ->
                arguments -> {
                    arguments.none(name);
                    budget.list(map.size());
                    return DictView.values(map);
                };
            case "get" ->
                arguments -> {
                    Arguments.Bound bound = arguments.bind(name, "key", "default");
                    Object value = map.get(Values.hashable(bound.required("key")));
                    return value == null ? bound.value("default", None.NONE) : value;
                };
            case "copy" -> arguments -> map;
            default -> null;
        };
        return method == null && MUTATING_DICT.contains(name) ? unsafe(map, name) : method;
    }

    private @Nullable Callable listMethod(List<?> list, String name) {
        return switch (name) {
            case "count" ->
                arguments -> {
                    Object wanted = arguments.bind(name, "value").required("value");
                    return list.stream()
                            .filter(item -> Values.equal(item, wanted, budget))
                            .count();
                };
            case "index" ->
                arguments -> {
                    Object wanted = arguments.bind(name, "value").required("value");
                    for (int i = 0; i < list.size(); i++) {
                        if (Values.equal(list.get(i), wanted, budget)) {
                            return (long) i;
                        }
                    }
                    throw new TemplateException(Texts.repr(wanted, budget) + " is not in list");
                };
            case "copy" -> arguments -> new ArrayList<Object>(list);
            default -> null;
        };
    }

    private static Undefined unsafe(Object object, String name) {
        return new Undefined(
                "access to attribute '" + name + "' of '" + Values.typeName(object) + "' object is unsafe.");
    }

    private static Undefined missing(Object object, String name) {
        return new Undefined("'" + shown(object) + "' has no attribute '" + name + "'");
    }

    private static String shown(Object object) {
        return object instanceof None ? "None" : Values.typeName(object) + " object";
    }
}
