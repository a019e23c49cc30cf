package io.specoffload.template;

/** Backslash escapes of string literals, as Python reads them. */
final class Escapes {

    private Escapes() {}

    static String decode(String literal, int line) {
        if (literal.indexOf('\\') < 0) {
            return literal;
        }
        StringBuilder out = new StringBuilder(literal.length());
        int i = 0;
        while (i < literal.length()) {
            char c = literal.charAt(i++);
            if (c != '\\' || i == literal.length()) {
                out.append(c);
                continue;
            }
            char escape = literal.charAt(i++);
            switch (escape) {
                case '\n' -> {
                    // a continued line
                }
                case '\\', '\'', '"' -> out.append(escape);
                case 'n' -> out.append('\n');
                case 't' -> out.append('\t');
                case 'r' -> out.append('\r');
                case 'a' -> out.append('\u0007');
                case 'b' -> out.append('\b');
                case 'f' -> out.append('\f');
                case 'v' -> out.append('\u000b');
                case 'x' -> i = hex(literal, i, 2, out, line);
                case 'u' -> i = hex(literal, i, 4, out, line);
                case 'U' -> i = hex(literal, i, 8, out, line);
                case 'N' -> i = named(literal, i, out, line);
                case '0', '1', '2', '3', '4', '5', '6', '7' -> i = octal(literal, i - 1, out);
                default -> out.append('\\').append(escape);
            }
        }
        return out.toString();
    }

    private static int hex(String literal, int start, int digits, StringBuilder out, int line) {
        try {
            out.appendCodePoint(Integer.parseInt(literal, start, start + digits, 16));
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new TemplateException(line, "an escape sequence needs " + digits + " hexadecimal digits");
        }
        return start + digits;
    }

    private static int named(String literal, int start, StringBuilder out, int line) {
        int end = literal.indexOf('}', start);
        if (end < 0 || literal.charAt(start) != '{') {
            throw new TemplateException(line, "an escape sequence \\N needs a name in braces");
        }
        try {
            out.appendCodePoint(Character.codePointOf(literal.substring(start + 1, end)));
        } catch (IllegalArgumentException e) {
            throw new TemplateException(line, "unknown character name in an escape sequence");
        }
        return end + 1;
    }

    private static int octal(String literal, int start, StringBuilder out) {
        int end = start;
        int value = 0;
        while (end < literal.length() && end < start + 3 && literal.charAt(end) >= '0' && literal.charAt(end) <= '7') {
            value = value * 8 + literal.charAt(end++) - '0';
        }
        out.append((char) value);
        return end;
    }
}
