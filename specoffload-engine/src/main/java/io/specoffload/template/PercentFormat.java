package io.specoffload.template;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Python's {@code format % values}. */
final class PercentFormat {

    private static final Pattern DIRECTIVE =
            Pattern.compile("%(?:\\(([^)]*)\\))?([-+ #0]*)(\\d{1,9})?(?:\\.(\\d{1,9}))?([a-zA-Z%])");

    private PercentFormat() {}

    static String format(String format, Object values, Budget budget) {
        budget.text(format.length());
        List<Object> positional = values instanceof Tuple tuple ? tuple.items() : List.of(values);
        StringBuilder out = new StringBuilder();
        int used = 0;
        int done = 0;
        Matcher directive = DIRECTIVE.matcher(format);
        for (int at = format.indexOf('%'); at >= 0; at = format.indexOf('%', done)) {
            out.append(format, done, at);
            if (!directive.find(at) || directive.start() != at) {
                throw new TemplateException("incomplete or unsupported format");
            }
            done = directive.end();
            if (directive.group(5).equals("%")) {
                out.append('%');
                continue;
            }
            Object value;
            if (directive.group(1) != null) {
                value = values instanceof Map<?, ?> map ? map.get(directive.group(1)) : null;
            } else {
                value = used < positional.size() ? positional.get(used++) : null;
            }
            if (value == null) {
                throw new TemplateException("not enough arguments for format string");
            }
            String text = one(directive, value, budget);
            budget.grow(out.length(), text.length());
            out.append(text);
        }
        if (used < positional.size() && !(values instanceof Map)) {
            throw new TemplateException("not all arguments converted during string formatting");
        }
        return out.append(format, done, format.length()).toString();
    }

    private static String one(Matcher directive, Object value, Budget budget) {
        String flags = directive.group(2);
        char letter = directive.group(5).charAt(0);
        Object shown = switch (letter) {
            case 's' -> Texts.str(value, budget);
            case 'r', 'a' -> Texts.repr(value, budget);
            case 'd', 'i', 'u' -> integer(value);
            default -> value;
        };
        char type = switch (letter) {
            case 's', 'r', 'a' -> 's';
            case 'd', 'i', 'u' -> 'd';
            default -> letter;
        };
        boolean left = flags.contains("-");
        boolean zero = flags.contains("0") && !left && type != 's';
        String sign = flags.contains("+") ? "+" : flags.contains(" ") ? " " : "";
        String spec = (left ? "<" : zero ? "0=" : ">")
                + (type == 's' ? "" : sign)
                + (flags.contains("#") && type != 's' ? "#" : "")
                + (directive.group(3) == null ? "" : directive.group(3))
                + (directive.group(4) == null || type == 'd' ? "" : "." + directive.group(4))
                + type;
        return FormatSpec.parse(spec).apply(shown, budget);
    }

    private static Object integer(Object value) {
        Long number = Values.integer(value);
        if (number != null) {
            return number;
        }
        if (value instanceof Double real) {
            return real.longValue();
        }
        throw new TemplateException("%d format: a real number is required, not " + Values.typeName(value));
    }
}
