package io.specoffload.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes values as Python's {@code json.dumps} does. */
final class JsonWriter {

    private final Budget budget;
    private final boolean asciiOnly;
    private final @Nullable String indent;
    private final String itemSeparator;
    private final String keySeparator;
    private final boolean sortKeys;
    private final StringBuilder out = new StringBuilder();

    /**
     * @param asciiOnly whether other characters are escaped
     * @param indent one level's indentation, or null for one line
     * @param separators between items and after keys; null for the defaults
     * @param sortKeys whether objects are sorted by key
     */
    JsonWriter(
            Budget budget,
            boolean asciiOnly,
            @Nullable String indent,
            @Nullable List<String> separators,
            boolean sortKeys) {
        this.budget = budget;
        this.asciiOnly = asciiOnly;
        this.indent = indent;
        this.sortKeys = sortKeys;
        itemSeparator = separators != null ? separators.get(0) : indent == null ? ", " : ",";
        keySeparator = separators != null ? separators.get(1) : ": ";
    }

    String write(Object value) {
        value(value, 0);
        return out.toString();
    }

    private void value(Object value, int level) {
        budget.step(1);
        budget.enter();
        switch (value) {
            case None none -> out.append("null");
            case Boolean flag -> out.append(flag.booleanValue());
            case Long number -> out.append(number.longValue());
            case Double number -> out.append(real(number));
            case String text -> string(text);
            case Map<?, ?> map -> object(map, level);
            default -> {
                List<Object> items = value instanceof Range ? null : Values.sequence(value);
                if (items == null) {
                    throw new TemplateException(
                            "Object of type " + Values.typeName(value) + " is not JSON serializable");
                }
                array(items, level);
            }
        }
        budget.leave();
    }

    private static String real(double value) {
        if (Double.isNaN(value)) {
            return "NaN";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "Infinity" : "-Infinity";
        }
        return Texts.real(value);
    }

    private void array(List<Object> items, int level) {
        if (items.isEmpty()) {
            out.append("[]");
            return;
        }
        out.append('[');
        for (int i = 0; i < items.size(); i++) {
            out.append(i == 0 ? "" : itemSeparator);
            newLine(level + 1);
            value(items.get(i), level + 1);
        }
        newLine(level);
        out.append(']');
    }

    private void object(Map<?, ?> map, int level) {
        if (map.isEmpty()) {
            out.append("{}");
            return;
        }
        List<Map.Entry<?, ?>> entries = new ArrayList<>(map.entrySet());
        if (sortKeys) {
            entries.sort((a, b) -> Values.compare("<", a.getKey(), b.getKey(), budget));
        }
        out.append('{');
        for (int i = 0; i < entries.size(); i++) {
            out.append(i == 0 ? "" : itemSeparator);
            newLine(level + 1);
            string(key(entries.get(i).getKey()));
            out.append(keySeparator);
            value(entries.get(i).getValue(), level + 1);
        }
        newLine(level);
        out.append('}');
    }

    private static String key(Object key) {
        return switch (key) {
            case String text -> text;
            case Boolean flag -> flag.toString();
            case Long number -> number.toString();
            case Double number -> real(number);
            case None none -> "null";
            default ->
                throw new TemplateException("keys must be str, int, float, bool or None, not " + Values.typeName(key));
        };
    }

    private void newLine(int level) {
        if (indent != null) {
            budget.grow(out.length(), (long) indent.length() * level + 1);
            out.append('\n').repeat(indent, level);
        }
    }

    private void string(String text) {
        budget.grow(out.length(), text.length());
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> {
                    if (c < 0x20 || (asciiOnly && c > 0x7e)) {
                        out.append("\\u%04x".formatted((int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
