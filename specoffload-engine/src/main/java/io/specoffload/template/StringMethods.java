package io.specoffload.template;

import io.specoffload.template.Arguments.Bound;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The methods of Python's {@code str}. */
final class StringMethods {

    private final Budget budget;

    StringMethods(Budget budget) {
        this.budget = budget;
    }

    /** The method of that name bound to a text; null if there is none. */
    @Nullable
    Callable method(String text, String name) {
        return switch (name) {
            case "upper" -> arguments -> plain(name, text, Strings.upper(text)).call(arguments);
            case "lower", "casefold" ->
                arguments -> plain(name, text, Strings.lower(text)).call(arguments);
            case "title" -> arguments -> plain(name, text, Strings.title(text)).call(arguments);
            case "capitalize" ->
                arguments -> plain(name, text, Strings.capitalize(text)).call(arguments);
            case "swapcase" -> arguments -> plain(name, text, swapcase(text)).call(arguments);
            case "strip" -> arguments -> strip(name, text, arguments, true, true);
            case "lstrip" -> arguments -> strip(name, text, arguments, true, false);
            case "rstrip" -> arguments -> strip(name, text, arguments, false, true);
            case "split" -> arguments -> split(name, text, arguments, false);
            case "rsplit" -> arguments -> split(name, text, arguments, true);
            case "splitlines" ->
                arguments -> {
                    budget.step(text.length());
                    return Strings.lines(text, arguments.bind(name, "keepends").flag("keepends", false));
                };
            case "partition" -> arguments -> partition(name, text, arguments, false);
            case "rpartition" -> arguments -> partition(name, text, arguments, true);
            case "replace" -> arguments -> replace(name, text, arguments);
            case "removeprefix" ->
                arguments -> {
                    String prefix = arguments.bind(name, "prefix").requiredText("prefix");
                    return text.startsWith(prefix) ? text.substring(prefix.length()) : text;
                };
            case "removesuffix" ->
                arguments -> {
                    String suffix = arguments.bind(name, "suffix").requiredText("suffix");
                    return text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text;
                };
            case "join" ->
                arguments -> join(text, arguments.bind(name, "iterable").required("iterable"));
            case "startswith", "endswith" -> arguments -> affix(name, text, arguments);
            case "find", "rfind", "index", "rindex" -> arguments -> find(name, text, arguments);
            case "count" -> arguments -> count(text, arguments);
            case "center", "ljust", "rjust" -> arguments -> justify(name, text, arguments);
            case "zfill" ->
                arguments -> zfill(text, arguments.bind(name, "width").integer("width", 0));
            case "format" -> arguments -> new BraceFormat(text, arguments, budget).format();
            default -> predicate(text, name);
        };
    }

    private @Nullable Callable predicate(String text, String name) {
        IntPredicate test = switch (name) {
            case "isalnum" -> Character::isLetterOrDigit;
            case "isalpha" -> Character::isLetter;
            case "isdigit", "isdecimal", "isnumeric" -> Character::isDigit;
            case "isspace" -> Strings::isSpace;
            case "isascii" -> c -> c < 0x80;
            default -> null;
        };
        if (test != null) {
            boolean all = (!text.isEmpty() || name.equals("isascii"))
                    && text.codePoints().allMatch(test);
            return plain(name, text, all);
        }
        return switch (name) {
            case "isupper" -> plain(name, text, isCased(text) && text.equals(Strings.upper(text)));
            case "islower" -> plain(name, text, isCased(text) && text.equals(Strings.lower(text)));
            case "istitle" -> plain(name, text, isCased(text) && text.equals(Strings.title(text)));
            case "isidentifier" -> plain(name, text, isIdentifier(text));
            default -> null;
        };
    }

    private static boolean isIdentifier(String text) {
        return !text.isEmpty()
                && !Character.isDigit(text.codePointAt(0))
                && text.codePoints().allMatch(c -> c == '_' || Character.isLetterOrDigit(c));
    }

    static boolean isCased(String text) {
        return text.codePoints().anyMatch(c -> Character.isUpperCase(c) || Character.isLowerCase(c));
    }

    /** A method without arguments, whose work grows with the text. */
    private Callable plain(String name, String text, Object result) {
        budget.copy(text.length());
        return arguments -> {
            arguments.none(name);
            return result;
        };
    }

    private static String swapcase(String text) {
        return text.codePoints()
                .mapToObj(Character::toString)
                .map(c -> c.equals(Strings.lower(c)) ? Strings.upper(c) : Strings.lower(c))
                .collect(Collectors.joining());
    }

    private Object strip(String name, String text, Arguments arguments, boolean atStart, boolean atEnd) {
        String characters = arguments.bind(name, "chars").text("chars");
        budget.copy(text.length());
        return Strings.strip(text, characters, atStart, atEnd);
    }

    private Object split(String name, String text, Arguments arguments, boolean fromRight) {
        Bound bound = arguments.bind(name, "sep", "maxsplit");
        String separator = bound.text("sep");
        long limit = bound.integer("maxsplit", -1);
        budget.step(text.length());
        if (separator == null) {
            return Strings.splitAtSpace(text, limit, fromRight);
        }
        nonEmpty(separator);
        budget.search(text.length(), separator.length());
        return Strings.split(text, separator, limit, fromRight);
    }

    private static void nonEmpty(String separator) {
        if (separator.isEmpty()) {
            throw new TemplateException("empty separator");
        }
    }

    private Object partition(String name, String text, Arguments arguments, boolean last) {
        String separator = arguments.bind(name, "sep").requiredText("sep");
        nonEmpty(separator);
        budget.search(text.length(), separator.length());
        int at = last ? text.lastIndexOf(separator) : text.indexOf(separator);
        if (at < 0) {
            return last ? Tuple.of("", "", text) : Tuple.of(text, "", "");
        }
        return Tuple.of(text.substring(0, at), separator, text.substring(at + separator.length()));
    }

    private Object replace(String name, String text, Arguments arguments) {
        Bound bound = arguments.bind(name, "old", "new", "count");
        return replaced(text, bound.requiredText("old"), bound.requiredText("new"), bound.integer("count", -1), budget);
    }

    /** The text with at most {@code count} occurrences replaced, all if negative. */
    static String replaced(String text, String old, String with, long count, Budget budget) {
        budget.search(text.length(), old.length());
        StringBuilder out = new StringBuilder();
        int done = 0;
        long left = count < 0 ? Long.MAX_VALUE : count;
        int at = text.indexOf(old);
        while (at >= 0 && left-- > 0) {
            budget.grow(out.length(), (long) (at - done) + with.length());
            out.append(text, done, at).append(with);
            done = at + old.length();
            if (old.isEmpty()) {
                if (at == text.length()) {
                    break;
                }
                int next = text.offsetByCodePoints(at, 1);
                out.append(text, at, next);
                done = next;
                at = next;
            } else {
                at = text.indexOf(old, done);
            }
        }
        budget.grow(out.length(), text.length() - done);
        return out.append(text, done, text.length()).toString();
    }

    private Object join(String separator, Object iterable) {
        StringBuilder out = new StringBuilder();
        List<Object> items = Values.list(iterable, budget);
        for (int i = 0; i < items.size(); i++) {
            if (!(items.get(i) instanceof String text)) {
                throw new TemplateException(
                        "sequence item " + i + ": expected str instance, " + Values.typeName(items.get(i)) + " found");
            }
            budget.grow(out.length(), (long) text.length() + separator.length());
            out.append(i == 0 ? "" : separator).append(text);
        }
        return out.toString();
    }

    /** The part of a text that optional bounds select, and where it starts in code points. */
    private record Part(String text, int start) {}

    private Part part(String text, Bound bound) {
        budget.copy(text.length());
        if (bound.optional("start") == null && bound.optional("end") == null) {
            return new Part(text, 0);
        }
        int length = Strings.length(text);
        int start = position(bound.integer("start", 0), length);
        int end = position(bound.integer("end", length), length);
        return new Part(start <= end ? Strings.substring(text, start, end) : "", start);
    }

    private static int position(long bound, int length) {
        return (int) Math.clamp(bound < 0 ? bound + length : bound, 0, (long) length);
    }

    private Object affix(String name, String text, Arguments arguments) {
        Bound bound = arguments.bind(name, "prefix", "start", "end");
        Object affix = bound.required("prefix");
        String part = part(text, bound).text();
        List<?> affixes = affix instanceof Tuple tuple ? tuple.items() : List.of(affix);
        for (Object each : affixes) {
            if (!(each instanceof String wanted)) {
                throw each instanceof Undefined undefined
                        ? undefined.error()
                        : new TemplateException(
                                name + " first arg must be str or a tuple of str, not " + Values.typeName(each));
            }
            if (name.equals("startswith") ? part.startsWith(wanted) : part.endsWith(wanted)) {
                return true;
            }
        }
        return false;
    }

    private Object find(String name, String text, Arguments arguments) {
        Bound bound = arguments.bind(name, "sub", "start", "end");
        String wanted = bound.requiredText("sub");
        Part part = part(text, bound);
        budget.search(part.text().length(), wanted.length());
        int at = name.startsWith("r")
                ? part.text().lastIndexOf(wanted)
                : part.text().indexOf(wanted);
        if (at < 0) {
            if (name.endsWith("index")) {
                throw new TemplateException("substring not found");
            }
            return -1L;
        }
        return (long) part.start() + part.text().codePointCount(0, at);
    }

    private Object count(String text, Arguments arguments) {
        Bound bound = arguments.bind("count", "sub", "start", "end");
        String wanted = bound.requiredText("sub");
        String part = part(text, bound).text();
        if (wanted.isEmpty()) {
            return Strings.length(part) + 1L;
        }
        budget.search(part.length(), wanted.length());
        return Strings.split(part, wanted, -1, false).size() - 1L;
    }

    private Object justify(String name, String text, Arguments arguments) {
        Bound bound = arguments.bind(name, "width", "fillchar");
        String fill = bound.text("fillchar", " ");
        if (Strings.length(fill) != 1) {
            throw new TemplateException("The fill character must be exactly one character long");
        }
        long missing = bound.integer("width", 0) - Strings.length(text);
        if (missing <= 0) {
            return text;
        }
        budget.text(text.length() + missing * fill.length());
        return switch (name) {
            case "ljust" -> text + fill.repeat((int) missing);
            case "rjust" -> fill.repeat((int) missing) + text;
            default -> {
                // Python puts an odd blank left if the width is odd
                long left = missing / 2 + (missing & (Strings.length(text) + missing) & 1);
                yield fill.repeat((int) left) + text + fill.repeat((int) (missing - left));
            }
        };
    }

    private Object zfill(String text, long width) {
        long missing = width - Strings.length(text);
        if (missing <= 0) {
            return text;
        }
        budget.text(width);
        boolean signed = text.startsWith("-") || text.startsWith("+");
        String zeros = "0".repeat((int) missing);
        return signed ? text.charAt(0) + zeros + text.substring(1) : zeros + text;
    }
}
