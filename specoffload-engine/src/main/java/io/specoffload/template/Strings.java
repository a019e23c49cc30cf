package io.specoffload.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Text as Python sees it: whitespace by Unicode, positions in code points. */
final class Strings {

    private Strings() {}

    /** Python's {@code str.isspace} of one character. */
    static boolean isSpace(int c) {
        return c == ' '
                || (c >= 0x09 && c <= 0x0d)
                || (c >= 0x1c && c <= 0x1f)
                || c == 0x85
                || (c > 0x7f && Character.isSpaceChar(c));
    }

    /** Whether only whitespace follows, possibly none. */
    static boolean isBlank(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            if (!isSpace(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    static String stripEnd(String text) {
        return strip(text, null, false, true);
    }

    /** Strips characters of a set, whitespace where {@code characters} is null. */
    static String strip(String text, @Nullable String characters, boolean atStart, boolean atEnd) {
        int start = 0;
        int end = text.length();
        while (atStart && start < end) {
            int c = text.codePointAt(start);
            if (!stripped(c, characters)) {
                break;
            }
            start += Character.charCount(c);
        }
        while (atEnd && end > start) {
            int c = text.codePointBefore(end);
            if (!stripped(c, characters)) {
                break;
            }
            end -= Character.charCount(c);
        }
        return text.substring(start, end);
    }

    private static boolean stripped(int c, @Nullable String characters) {
        return characters == null ? isSpace(c) : characters.indexOf(c) >= 0;
    }

    /** Number of code points. */
    static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    static boolean hasSurrogates(String text) {
        return length(text) != text.length();
    }

    /** The part between two positions counted in code points, both within the text. */
    static String substring(String text, int start, int stop) {
        if (!hasSurrogates(text)) {
            return text.substring(start, stop);
        }
        int from = text.offsetByCodePoints(0, start);
        return text.substring(from, text.offsetByCodePoints(from, stop - start));
    }

    /** The code points as texts of their own. */
    static List<Object> characters(String text) {
        List<Object> result = new ArrayList<>(text.length());
        text.codePoints().forEach(c -> result.add(Character.toString(c)));
        return result;
    }

    /** Compares by code points. */
    static int compare(String a, String b) {
        int length = Math.min(a.length(), b.length());
        for (int i = 0; i < length; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                boolean oneSurrogate = Character.isSurrogate(x) != Character.isSurrogate(y);
                return oneSurrogate ? (Character.isSurrogate(x) ? 1 : -1) : Character.compare(x, y);
            }
        }
        return Integer.compare(a.length(), b.length());
    }

    static String upper(String text) {
        return text.toUpperCase(Locale.ROOT);
    }

    static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int first = text.offsetByCodePoints(0, 1);
        return titleCase(text.codePointAt(0)) + lower(text.substring(first));
    }

    private static String titleCase(int c) {
        String upper = upper(Character.toString(c));
        return Character.toTitleCase(c) != c || upper.length() == 1
                ? Character.toString(Character.toTitleCase(c))
                : upper.substring(0, 1) + lower(upper.substring(1));
    }

    /** Python's {@code str.title}: a letter after a non-letter is a capital. */
    static String title(String text) {
        StringBuilder out = new StringBuilder(text.length());
        boolean inWord = false;
        for (int c : text.codePoints().toArray()) {
            String letter = Character.toString(c);
            out.append(inWord ? lower(letter) : titleCase(c));
            inWord = Character.isLetter(c);
        }
        return out.toString();
    }

    /** Lines at all of Python's line boundaries. */
    static List<Object> lines(String text, boolean keepEnds) {
        List<Object> lines = new ArrayList<>();
        int start = 0;
        while (start < text.length()) {
            int end = start;
            while (end < text.length() && !isLineEnd(text.charAt(end))) {
                end++;
            }
            int next = Math.min(end + 1, text.length());
            if (next < text.length() && text.charAt(end) == '\r' && text.charAt(next) == '\n') {
                next++;
            }
            lines.add(text.substring(start, keepEnds ? next : end));
            start = next;
        }
        return lines;
    }

    private static boolean isLineEnd(char c) {
        return (c >= 0x0a && c <= 0x0d) || (c >= 0x1c && c <= 0x1e) || c == 0x85 || c == 0x2028 || c == 0x2029;
    }

    /** Splits at whitespace; {@code limit} splits at most, from the left or from the right. */
    static List<Object> splitAtSpace(String text, long limit, boolean fromRight) {
        List<Object> parts = new ArrayList<>();
        // the outer whitespace of the far end stays when the limit is reached
        String rest = strip(text, null, !fromRight, fromRight);
        while (!rest.isEmpty()) {
            int cut = spaceIn(rest, fromRight);
            if (cut < 0 || (limit >= 0 && parts.size() >= limit)) {
                parts.add(rest);
                break;
            }
            parts.add(fromRight ? rest.substring(cut + 1) : rest.substring(0, cut));
            rest = fromRight
                    ? strip(rest.substring(0, cut), null, false, true)
                    : strip(rest.substring(cut), null, true, false);
        }
        return fromRight ? new ArrayList<>(parts.reversed()) : parts;
    }

    private static int spaceIn(String text, boolean fromRight) {
        int size = text.length();
        for (int i = 0; i < size; i++) {
            int at = fromRight ? size - 1 - i : i;
            if (isSpace(text.charAt(at))) {
                return at;
            }
        }
        return -1;
    }

    /** Splits at a separator; {@code limit} splits at most, all if negative. */
    static List<Object> split(String text, String separator, long limit, boolean fromRight) {
        List<Object> parts = new ArrayList<>();
        if (fromRight) {
            int end = text.length();
            while (limit < 0 || parts.size() < limit) {
                int at = end < separator.length() ? -1 : text.lastIndexOf(separator, end - separator.length());
                if (at < 0) {
                    break;
                }
                parts.add(text.substring(at + separator.length(), end));
                end = at;
            }
            parts.add(text.substring(0, end));
            return new ArrayList<>(parts.reversed());
        }
        int start = 0;
        while (limit < 0 || parts.size() < limit) {
            int at = text.indexOf(separator, start);
            if (at < 0) {
                break;
            }
            parts.add(text.substring(start, at));
            start = at + separator.length();
        }
        parts.add(text.substring(start));
        return parts;
    }
}
