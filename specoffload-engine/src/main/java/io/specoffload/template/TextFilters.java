package io.specoffload.template;

import io.specoffload.template.Arguments.Bound;
import io.specoffload.template.Environment.Filter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Filters that give text. Texts are never escaped: {@code safe} and {@code escape} of a prompt mean the text. */
final class TextFilters {

    private static final Pattern TITLE_BREAK = Pattern.compile("(?<=[-\\s({\\[<])(?=[^-\\s({\\[<])");
    private static final Pattern WORD = Pattern.compile("\\w+", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern TAG = Pattern.compile("<[^<>]*+>");
    private static final Pattern SPACES = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);

    private TextFilters() {}

    static void addTo(Map<String, Filter> filters) {
        simple(filters, "upper", Strings::upper);
        simple(filters, "lower", Strings::lower);
        simple(filters, "capitalize", Strings::capitalize);
        simple(filters, "title", TextFilters::title);
        simple(filters, "string", text -> text);
        simple(filters, "safe", text -> text);
        simple(filters, "escape", TextFilters::escape);
        simple(filters, "e", TextFilters::escape);
        simple(filters, "forceescape", TextFilters::escape);
        simple(
                filters,
                "striptags",
                text -> SPACES.matcher(TAG.matcher(text).replaceAll(""))
                        .replaceAll(" ")
                        .strip());
        simple(filters, "urlencode", TextFilters::urlEncode);
        filters.put("pprint", (value, arguments, environment) -> Texts.repr(value, environment.budget()));
        filters.put("trim", TextFilters::trim);
        filters.put("replace", TextFilters::replace);
        filters.put("format", TextFilters::format);
        filters.put("indent", TextFilters::indent);
        filters.put("truncate", TextFilters::truncate);
        filters.put("wordwrap", TextFilters::wordWrap);
        filters.put("tojson", TextFilters::toJson);
        filters.put("center", (value, arguments, environment) -> {
            long width = arguments.bind("center", "width").integer("width", 80);
            Callable center = new StringMethods(environment.budget()).method(text(value, environment), "center");
            return center == null ? "" : center.call(Arguments.of(width));
        });
        filters.put("wordcount", (value, arguments, environment) -> {
            arguments.none("wordcount");
            return WORD.matcher(text(value, environment)).results().count();
        });
    }

    private static void simple(Map<String, Filter> filters, String name, UnaryOperator<String> function) {
        filters.put(name, (value, arguments, environment) -> {
            arguments.none(name);
            return function.apply(text(value, environment));
        });
    }

    private static String text(Object value, Environment environment) {
        String text = Texts.str(value, environment.budget());
        environment.budget().copy(text.length());
        return text;
    }

    private static String title(String text) {
        StringBuilder out = new StringBuilder(text.length());
        for (String word : TITLE_BREAK.split(text)) {
            out.append(Strings.capitalize(word));
        }
        return out.toString();
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("'", "&#39;")
                .replace("\"", "&#34;");
    }

    private static String urlEncode(String text) {
        StringBuilder out = new StringBuilder(text.length());
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            boolean kept = (b >= 'a' && b <= 'z')
                    || (b >= 'A' && b <= 'Z')
                    || (b >= '0' && b <= '9')
                    || "-_.~/".indexOf(b) >= 0;
            if (kept) {
                out.append((char) b);
            } else {
                out.append('%')
                        .append(Character.toUpperCase(Character.forDigit((b >> 4) & 15, 16)))
                        .append(Character.toUpperCase(Character.forDigit(b & 15, 16)));
            }
        }
        return out.toString();
    }

    private static Object trim(Object value, Arguments arguments, Environment environment) {
        String characters = arguments.bind("trim", "chars").text("chars");
        return Strings.strip(text(value, environment), characters, true, true);
    }

    private static Object replace(Object value, Arguments arguments, Environment environment) {
        Bound bound = arguments.bind("replace", "old", "new", "count");
        Budget budget = environment.budget();
        return StringMethods.replaced(
                text(value, environment),
                Texts.str(bound.required("old"), budget),
                Texts.str(bound.required("new"), budget),
                bound.integer("count", -1),
                budget);
    }

    private static Object format(Object value, Arguments arguments, Environment environment) {
        Object values = arguments.named().isEmpty() ? new Tuple(arguments.positional()) : arguments.named();
        return PercentFormat.format(text(value, environment), values, environment.budget());
    }

    private static Object indent(Object value, Arguments arguments, Environment environment) {
        Bound bound = arguments.bind("indent", "width", "first", "blank");
        Budget budget = environment.budget();
        Object width = bound.value("width", 4L);
        String indentation = width instanceof String text ? text : spaces(bound.integer("width", 4), budget);
        boolean blank = bound.flag("blank", false);
        List<Object> lines = Strings.lines(text(value, environment) + "\n", false);
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            String line = (String) lines.get(i);
            boolean indented = i == 0 ? bound.flag("first", false) : blank || !line.isEmpty();
            budget.grow(out.length(), (long) line.length() + indentation.length() + 1);
            out.append(i == 0 ? "" : "\n").append(indented ? indentation : "").append(line);
        }
        return out.toString();
    }

    private static String spaces(long count, Budget budget) {
        int width = Math.clamp(count, 0, Integer.MAX_VALUE);
        budget.text(width);
        return " ".repeat(width);
    }

    private static Object truncate(Object value, Arguments arguments, Environment environment) {
        Bound bound = arguments.bind("truncate", "length", "killwords", "end", "leeway");
        String text = text(value, environment);
        String end = bound.text("end", "...");
        long length = bound.integer("length", 255);
        long leeway = bound.integer("leeway", 5);
        if (length < Strings.length(end) || leeway < 0) {
            throw new TemplateException("truncate: the length must hold the end, and the leeway must not be negative");
        }
        if (Strings.length(text) <= length + leeway) {
            return text;
        }
        String cut = Strings.substring(text, 0, (int) length - Strings.length(end));
        int space = cut.lastIndexOf(' ');
        return (bound.flag("killwords", false) || space < 0 ? cut : cut.substring(0, space)) + end;
    }

    private static Object wordWrap(Object value, Arguments arguments, Environment environment) {
        Bound bound = arguments.bind("wordwrap", "width", "break_long_words", "wrapstring", "break_on_hyphens");
        int width = Math.clamp(bound.integer("width", 79), 1, Integer.MAX_VALUE);
        String newLine = bound.text("wrapstring", "\n");
        boolean breakLong = bound.flag("break_long_words", true);
        StringBuilder out = new StringBuilder();
        List<Object> lines = Strings.lines(text(value, environment), false);
        for (int i = 0; i < lines.size(); i++) {
            String wrapped = wrapped((String) lines.get(i), width, newLine, breakLong);
            environment.budget().grow(out.length(), (long) wrapped.length() + newLine.length());
            out.append(i == 0 ? "" : newLine).append(wrapped);
        }
        return out.toString();
    }

    private static String wrapped(String line, int width, String newLine, boolean breakLong) {
        StringBuilder out = new StringBuilder();
        int column = 0;
        for (String given : line.split(" ")) {
            String word = given;
            if (column > 0 && column + 1 + word.length() <= width) {
                out.append(' ').append(word);
                column += 1 + word.length();
                continue;
            }
            out.append(out.isEmpty() ? "" : newLine);
            while (breakLong && word.length() > width) {
                out.append(word, 0, width).append(newLine);
                word = word.substring(width);
            }
            out.append(word);
            column = word.length();
        }
        return out.toString();
    }

    /** As chat templates know it: all of {@code json.dumps}'s options, and no escaping for HTML. */
    private static Object toJson(Object value, Arguments arguments, Environment environment) {
        Bound bound = arguments.bind("tojson", "ensure_ascii", "indent", "separators", "sort_keys");
        Budget budget = environment.budget();
        Object indent = bound.value("indent", None.NONE);
        String indentation = indent == None.NONE
                ? null
                : indent instanceof String text ? text : spaces(bound.integer("indent", 0), budget);
        return new JsonWriter(
                        budget,
                        bound.flag("ensure_ascii", false),
                        indentation,
                        separators(bound.optional("separators"), budget),
                        bound.flag("sort_keys", false))
                .write(value);
    }

    private static @Nullable List<String> separators(@Nullable Object value, Budget budget) {
        if (value == null || value == None.NONE) {
            return null;
        }
        List<String> texts = Values.list(value, budget).stream()
                .map(each -> Texts.str(each, budget))
                .toList();
        if (texts.size() != 2) {
            throw new TemplateException("tojson: separators must be a pair");
        }
        return texts;
    }
}
