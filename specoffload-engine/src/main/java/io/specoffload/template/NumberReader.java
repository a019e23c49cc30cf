package io.specoffload.template;

import io.specoffload.template.Token.Kind;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Number literals: integers of base 2, 8, 10 and 16, and floats, with underscores between digits. */
final class NumberReader {

    private static final Pattern FLOAT =
            Pattern.compile("(?:\\d+_)*+\\d+(?:(?:\\.(?:\\d+_)*+\\d+)?[eE][+-]?(?:\\d+_)*+\\d+|\\.(?:\\d+_)*+\\d+)");
    private static final Pattern INTEGER =
            Pattern.compile("0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[0-9a-fA-F])+|[1-9](?:_?\\d)*+|0(?:_?0)*+");

    private final String source;
    private final int start;
    private final int line;

    NumberReader(String source, int start, int line) {
        this.source = source;
        this.start = start;
        this.line = line;
    }

    private static boolean isFloat(String source, int start) {
        return start == 0 || source.charAt(start - 1) != '.';
    }

    /** Where the literal ends that starts at {@code start}, a digit. */
    static int end(String source, int start) {
        Matcher matcher = FLOAT.matcher(source).region(start, source.length());
        if (isFloat(source, start) && matcher.lookingAt()) {
            return matcher.end();
        }
        matcher = INTEGER.matcher(source).region(start, source.length());
        return matcher.lookingAt() ? matcher.end() : start + 1;
    }

    Token token() {
        String literal = source.substring(start, end(source, start)).replace("_", "");
        if (literal.length() > 1 && isFloat(source, start) && literal.matches("\\d+([.eE].*)")) {
            return new Token(Kind.FLOAT, literal, Double.valueOf(literal), line);
        }
        try {
            return new Token(Kind.INTEGER, literal, integer(literal), line);
        } catch (NumberFormatException e) {
            throw new TemplateException(line, "an integer of " + literal.length() + " digits does not fit 64 bits");
        }
    }

    private static Long integer(String literal) {
        if (literal.length() > 2 && literal.charAt(0) == '0') {
            int base = switch (literal.charAt(1)) {
                case 'b', 'B' -> 2;
                case 'o', 'O' -> 8;
                case 'x', 'X' -> 16;
                default -> 10;
            };
            return Long.valueOf(base == 10 ? literal : literal.substring(2), base);
        }
        return Long.valueOf(literal);
    }
}
