package io.specoffload.template;

/** Python's {@code str.format}. */
final class BraceFormat {

    private final String format;
    private final Arguments arguments;
    private final Budget budget;
    private final Attributes attributes;
    private int automatic;

    BraceFormat(String format, Arguments arguments, Budget budget) {
        this.format = format;
        this.arguments = arguments;
        this.budget = budget;
        attributes = new Attributes(budget);
    }

    String format() {
        return expand(format, 0);
    }

    private String expand(String text, int depth) {
        StringBuilder out = new StringBuilder();
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i);
            boolean doubled = i + 1 < text.length() && text.charAt(i + 1) == c;
            if ((c == '{' || c == '}') && doubled) {
                out.append(c);
                i += 2;
            } else if (c == '{') {
                int end = close(text, i + 1);
                String value = field(text.substring(i + 1, end), depth);
                budget.grow(out.length(), value.length());
                out.append(value);
                i = end + 1;
            } else if (c == '}') {
                throw new TemplateException("Single '}' encountered in format string");
            } else {
                out.append(c);
                i++;
            }
        }
        budget.text(out.length());
        return out.toString();
    }

    private static int close(String text, int from) {
        int open = 1;
        for (int i = from; i < text.length(); i++) {
            open += text.charAt(i) == '{' ? 1 : text.charAt(i) == '}' ? -1 : 0;
            if (open == 0) {
                return i;
            }
        }
        throw new TemplateException("expected '}' before end of string");
    }

    private String field(String field, int depth) {
        if (depth > 1) {
            throw new TemplateException("Max string recursion exceeded");
        }
        int colon = field.indexOf(':');
        String head = colon < 0 ? field : field.substring(0, colon);
        String spec = colon < 0 ? "" : field.substring(colon + 1);
        int bang = head.indexOf('!');
        Object value = value(bang < 0 ? head : head.substring(0, bang));
        if (bang >= 0) {
            value = head.substring(bang + 1).equals("r") ? Texts.repr(value, budget) : Texts.str(value, budget);
        }
        return FormatSpec.parse(spec.indexOf('{') < 0 ? spec : expand(spec, depth + 1))
                .apply(value, budget);
    }

    private Object value(String path) {
        int end = 0;
        while (end < path.length() && path.charAt(end) != '.' && path.charAt(end) != '[') {
            end++;
        }
        Object value = first(path.substring(0, end));
        while (end < path.length()) {
            int start = end + 1;
            if (path.charAt(end) == '[') {
                end = path.indexOf(']', start);
                if (end < 0) {
                    throw new TemplateException("Missing ']' in format string");
                }
                String index = path.substring(start, end++);
                value = attributes.item(value, isNumber(index) ? (Object) Long.valueOf(index) : index);
            } else {
                end = start;
                while (end < path.length() && path.charAt(end) != '.' && path.charAt(end) != '[') {
                    end++;
                }
                value = attributes.attribute(value, path.substring(start, end));
            }
            if (value instanceof Undefined undefined) {
                throw undefined.error();
            }
        }
        return value;
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.length() < 10 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private Object first(String name) {
        if (name.isEmpty() || isNumber(name)) {
            int index = name.isEmpty() ? automatic++ : Integer.parseInt(name);
            if (index >= arguments.positional().size()) {
                throw new TemplateException("Replacement index " + index + " out of range for positional args tuple");
            }
            return arguments.positional().get(index);
        }
        Object value = arguments.named().get(name);
        if (value == null) {
            throw new TemplateException("'" + name + "'");
        }
        return value;
    }
}
