package io.specoffload.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The arguments of a call: positional ones, then named ones. */
record Arguments(List<Object> positional, Map<String, Object> named) {

    static final Arguments NONE = new Arguments(List.of(), Map.of());

    static Arguments of(Object... positional) {
        return new Arguments(List.of(positional), Map.of());
    }

    /** The arguments without the first positional one. */
    Arguments tail() {
        return new Arguments(positional.subList(1, positional.size()), named);
    }

    /** Assigns the arguments to parameters; an error where there are too many, or one twice, or of another name. */
    Bound bind(String function, String... parameters) {
        if (positional.size() > parameters.length) {
            throw new TemplateException(function + "() takes at most " + parameters.length + " arguments, but "
                    + positional.size() + " were given");
        }
        Map<String, Object> values = new LinkedHashMap<>();
        for (int i = 0; i < positional.size(); i++) {
            values.put(parameters[i], positional.get(i));
        }
        List<String> known = List.of(parameters);
        named.forEach((name, value) -> {
            if (!known.contains(name)) {
                throw new TemplateException(function + "() got an unexpected keyword argument '" + name + "'");
            }
            if (values.put(name, value) != null) {
                throw new TemplateException(function + "() got multiple values for argument '" + name + "'");
            }
        });
        return new Bound(function, values);
    }

    /** An error where there is any argument. */
    void none(String function) {
        bind(function);
    }

    /** Arguments by parameter name. */
    record Bound(String function, Map<String, Object> values) {

        @Nullable
        Object optional(String name) {
            return values.get(name);
        }

        Object value(String name, Object fallback) {
            Object value = values.get(name);
            return value == null ? fallback : value;
        }

        Object required(String name) {
            Object value = values.get(name);
            if (value == null) {
                throw new TemplateException(function + "() misses its argument '" + name + "'");
            }
            return value;
        }

        /** A text, or null where the argument is absent or None. */
        @Nullable
        String text(String name) {
            Object value = values.get(name);
            return value == null || value == None.NONE ? null : string(name, value);
        }

        String text(String name, String fallback) {
            String text = text(name);
            return text == null ? fallback : text;
        }

        String requiredText(String name) {
            return string(name, required(name));
        }

        long integer(String name, long fallback) {
            Object value = values.get(name);
            if (value == null || value == None.NONE) {
                return fallback;
            }
            return switch (value) {
                case Long number -> number;
                case Boolean flag -> flag ? 1 : 0;
                default -> throw wrong(name, "an integer", value);
            };
        }

        boolean flag(String name, boolean fallback) {
            Object value = values.get(name);
            return value == null ? fallback : Values.isTrue(value);
        }

        private String string(String name, Object value) {
            if (value instanceof String text) {
                return text;
            }
            throw wrong(name, "a string", value);
        }

        private TemplateException wrong(String name, String expected, Object value) {
            if (value instanceof Undefined undefined) {
                return undefined.error();
            }
            return new TemplateException(
                    function + "(): '" + name + "' must be " + expected + ", not " + Values.typeName(value));
        }
    }

    /** Collects arguments in the order of a call. */
    static final class Builder {
        private final List<Object> positional = new ArrayList<>();
        private final Map<String, Object> named = new LinkedHashMap<>();

        void add(Object value) {
            positional.add(value);
        }

        void add(String name, Object value) {
            if (named.put(name, value) != null) {
                throw new TemplateException("keyword argument '" + name + "' is repeated");
            }
        }

        Arguments build() {
            return new Arguments(positional, named);
        }
    }
}
