package io.specoffload.template;

import io.specoffload.template.Arguments.Bound;
import io.specoffload.template.Environment.Filter;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Filters that give numbers. */
final class NumberFilters {

    private static final Pattern REAL = Pattern.compile("[+-]?(?:\\d++(?:\\.\\d*+)?|\\.\\d++)(?:[eE][+-]?\\d++)?");

    private NumberFilters() {}

    static void addTo(Map<String, Filter> filters) {
        filters.put("int", NumberFilters::integer);
        filters.put("float", (value, arguments, environment) -> {
            Double real = real(value);
            return real == null ? arguments.bind("float", "default").value("default", 0.0) : real;
        });
        filters.put("abs", (value, arguments, environment) -> {
            arguments.none("abs");
            Object sign = value instanceof Double real && real == 0 ? (Object) 0L : value;
            return Values.compare("<", sign, 0L, environment.budget()) < 0
                    ? Arithmetic.sign("-", value)
                    : value instanceof Double real ? (Object) Math.abs(real) : Arithmetic.sign("+", value);
        });
        filters.put("round", NumberFilters::round);
        filters.put("filesizeformat", NumberFilters::fileSize);
    }

    private static @Nullable Double real(Object value) {
        if (value instanceof Undefined undefined) {
            throw undefined.error();
        }
        Double number = Values.number(value);
        if (number != null || !(value instanceof String text)) {
            return number;
        }
        String stripped = Strings.strip(text, null, true, true).replaceAll("(?<=\\d)_(?=\\d)", "");
        if (REAL.matcher(stripped).matches()) {
            return Double.valueOf(stripped);
        }
        return switch (stripped.toLowerCase(Locale.ROOT)) {
            case "inf", "+inf", "infinity", "+infinity" -> Double.POSITIVE_INFINITY;
            case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
            case "nan", "+nan", "-nan" -> Double.NaN;
            default -> null;
        };
    }

    private static Object integer(Object value, Arguments arguments, Environment environment) {
        Bound bound = arguments.bind("int", "default", "base");
        Object fallback = bound.value("default", 0L);
        if (value instanceof String text) {
            environment.budget().copy(text.length());
            Long parsed = parse(Strings.strip(text, null, true, true), (int) bound.integer("base", 10));
            if (parsed != null) {
                return parsed;
            }
        }
        Long number = Values.integer(value);
        if (number != null) {
            return number;
        }
        Double real = real(value);
        if (real == null || real.isNaN() || real.isInfinite()) {
            return fallback;
        }
        if (Math.abs(real) >= 0x1p63) {
            throw new TemplateException("the integer " + Texts.real(real) + " does not fit 64 bits");
        }
        return real.longValue();
    }

    private static @Nullable Long parse(String text, int base) {
        String digits = text.replaceAll("(?<=[0-9a-zA-Z])_(?=[0-9a-zA-Z])", "");
        String sign = digits.startsWith("-") ? "-" : "";
        String unsigned = digits.startsWith("-") || digits.startsWith("+") ? digits.substring(1) : digits;
        String prefix = base == 16 ? "0x" : base == 8 ? "0o" : base == 2 ? "0b" : "";
        if (!prefix.isEmpty() && unsigned.toLowerCase(Locale.ROOT).startsWith(prefix)) {
            unsigned = unsigned.substring(2);
        }
        if (unsigned.startsWith("-") || unsigned.startsWith("+")) {
            return null;
        }
        try {
            return Long.valueOf(sign + unsigned, base);
        } catch (NumberFormatException e) {
            if (base == 10 && unsigned.matches("[0-9]++")) {
                throw new TemplateException("the integer does not fit 64 bits");
            }
            return null;
        }
    }

    private static Object round(Object value, Arguments arguments, Environment environment) {
        Bound bound = arguments.bind("round", "precision", "method");
        int precision = Math.clamp(bound.integer("precision", 0), -400, 400);
        String method = bound.text("method", "common");
        RoundingMode mode = switch (method) {
            case "common" -> RoundingMode.HALF_EVEN;
            case "ceil" -> RoundingMode.CEILING;
            case "floor" -> RoundingMode.FLOOR;
            default -> throw new TemplateException("method must be common, ceil or floor");
        };
        if (value instanceof Undefined undefined) {
            throw undefined.error();
        }
        Double number = Values.number(value);
        if (number == null) {
            throw new TemplateException("type " + Values.typeName(value) + " doesn't define __round__ method");
        }
        if (number.isNaN() || number.isInfinite()) {
            return number;
        }
        double rounded = new BigDecimal(number).setScale(precision, mode).doubleValue();
        // Python's round of an integer is an integer; the other methods divide
        return Values.integer(value) != null && method.equals("common") ? (Object) (long) rounded : (Object) rounded;
    }

    private static Object fileSize(Object value, Arguments arguments, Environment environment) {
        boolean binary = arguments.bind("filesizeformat", "binary").flag("binary", false);
        Double bytes = real(value);
        if (bytes == null) {
            throw new TemplateException("filesizeformat: not a number");
        }
        if (bytes == 1) {
            return "1 Byte";
        }
        double base = binary ? 1024 : 1000;
        if (bytes < base) {
            return (long) (double) bytes + " Bytes";
        }
        String prefixes = "kMGTPEZY";
        double unit = base;
        int i = 0;
        while (bytes / unit >= base && i < prefixes.length() - 1) {
            unit *= base;
            i++;
        }
        String prefix = binary ? Strings.upper(prefixes.substring(i, i + 1)) + "iB" : prefixes.charAt(i) + "B";
        return String.format(Locale.ROOT, "%.1f %s", bytes / unit, prefix);
    }
}
