package io.specoffload.template;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the {@code attribute} argument of a filter selects of each item: names and indices separated by dots.
 *
 * @param parts the item itself if empty
 * @param fallback stands for what is missing, or null
 */
record AttributePath(List<Object> parts, @Nullable Object fallback, Environment environment) {

    static AttributePath of(@Nullable Object attribute, Environment environment) {
        return of(attribute, null, environment);
    }

    static AttributePath of(@Nullable Object attribute, @Nullable Object fallback, Environment environment) {
        return new AttributePath(parts(attribute), fallback, environment);
    }

    /** Several paths separated by commas; one that selects the item itself if there is no attribute. */
    static List<AttributePath> several(@Nullable Object attribute, Environment environment) {
        if (!(attribute instanceof String text)) {
            return List.of(of(attribute, environment));
        }
        List<AttributePath> paths = new ArrayList<>();
        Strings.split(text, ",", -1, false).forEach(path -> paths.add(of(path, environment)));
        return paths;
    }

    private static List<Object> parts(@Nullable Object attribute) {
        if (attribute == null || attribute == None.NONE) {
            return List.of();
        }
        if (!(attribute instanceof String text)) {
            return List.of(attribute);
        }
        List<Object> parts = new ArrayList<>();
        for (Object part : Strings.split(text, ".", -1, false)) {
            String name = (String) part;
            boolean index =
                    !name.isEmpty() && name.length() < 10 && name.chars().allMatch(c -> c >= '0' && c <= '9');
            parts.add(index ? (Object) Long.valueOf(name) : name);
        }
        return parts;
    }

    Object get(Object item) {
        Object value = item;
        for (Object part : parts) {
            value = environment.attributes().item(value, part);
            if (value instanceof Undefined && fallback != null) {
                value = fallback;
            }
        }
        return value;
    }
}
