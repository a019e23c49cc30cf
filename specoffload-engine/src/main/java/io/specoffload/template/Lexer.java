package io.specoffload.template;

import io.specoffload.template.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Cuts a template into tokens, with Jinja's whitespace rules: {@code trim_blocks} and {@code lstrip_blocks} on,
 * {@code keep_trailing_newline} off, signs in the tags overriding them.
 */
final class Lexer {

    private static final List<String> OPERATORS = List.of(
            "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<",
            "=", ".", ":", "|", ",", ";");

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int position;
    private int line = 1;
    private boolean lineStarting = true;

    private Lexer(String source) {
        this.source = source;
    }

    static List<Token> tokenize(String template) {
        String source = template.replace("\r\n", "\n").replace('\r', '\n');
        if (source.endsWith("\n")) {
            source = source.substring(0, source.length() - 1);
        }
        Lexer lexer = new Lexer(source);
        lexer.run();
        return lexer.tokens;
    }

    private void run() {
        while (position < source.length()) {
            int tag = nextTag();
            if (tag < 0) {
                data(source.substring(position));
                advance(source.length());
                break;
            }
            template(tag);
        }
        tokens.add(new Token(Kind.END, "", "", line));
    }

    private int nextTag() {
        for (int i = source.indexOf('{', position); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
            char next = source.charAt(i + 1);
            if (next == '%' || next == '{' || next == '#') {
                return i;
            }
        }
        return -1;
    }

    /** Reads the text before a tag, and the tag. */
    private void template(int tag) {
        char kind = source.charAt(tag + 1);
        int start = tag + 2;
        char sign = start < source.length() ? source.charAt(start) : 0;
        boolean signed = sign == '-' || sign == '+';
        data(strip(source.substring(position, tag), signed ? sign : 0, kind == '{'));
        advance(signed ? start + 1 : start);
        switch (kind) {
            case '#' -> comment();
            case '{' -> {
                tokens.add(new Token(Kind.PRINT_BEGIN, "", "", line));
                tag(Kind.PRINT_END);
            }
            default -> {
                int raw = rawBegin();
                if (raw >= 0) {
                    advance(raw);
                    raw();
                } else {
                    tokens.add(new Token(Kind.BLOCK_BEGIN, "", "", line));
                    tag(Kind.BLOCK_END);
                }
            }
        }
    }

    /** The text before a tag without the whitespace that the tag takes away. */
    private String strip(String text, char sign, boolean print) {
        if (sign == '-') {
            return Strings.stripEnd(text);
        }
        if (sign == '+' || print) {
            return text;
        }
        int lineStart = text.lastIndexOf('\n') + 1;
        if ((lineStart > 0 || lineStarting) && Strings.isBlank(text, lineStart)) {
            return text.substring(0, lineStart);
        }
        return text;
    }

    private void data(String text) {
        if (!text.isEmpty()) {
            tokens.add(new Token(Kind.DATA, text, "", line));
        }
    }

    private void advance(int end) {
        for (int i = position; i < end; i++) {
            if (source.charAt(i) == '\n') {
                line++;
            }
        }
        if (end > position) {
            lineStarting = source.charAt(end - 1) == '\n';
        }
        position = end;
    }

    private void comment() {
        int end = source.indexOf("#}", position);
        if (end < 0) {
            throw new TemplateException(line, "Missing end of comment tag");
        }
        char sign = end > position ? source.charAt(end - 1) : 0;
        advance(closed(end + 2, sign));
    }

    /** Where the template goes on after a block's or comment's closing tag that ends at {@code end}. */
    private int closed(int end, char sign) {
        if (sign == '-') {
            return skipSpace(end);
        }
        if (sign != '+' && end < source.length() && source.charAt(end) == '\n') {
            return end + 1;
        }
        return end;
    }

    private int skipSpace(int from) {
        int i = from;
        while (i < source.length() && Strings.isSpace(source.charAt(i))) {
            i++;
        }
        return i;
    }

    /** The end of the tag that starts a raw block, if the tag at the position is one; else -1. */
    private int rawBegin() {
        int i = skipSpace(position);
        if (!source.startsWith("raw", i)) {
            return -1;
        }
        i = skipSpace(i + 3);
        if (source.startsWith("-%}", i)) {
            return skipSpace(i + 3);
        }
        return source.startsWith("%}", i) ? i + 2 : -1;
    }

    private void raw() {
        for (int open = source.indexOf("{%", position); open >= 0; open = source.indexOf("{%", open + 1)) {
            int i = open + 2;
            char openSign = i < source.length() ? source.charAt(i) : 0;
            if (openSign == '-' || openSign == '+') {
                i++;
            } else {
                openSign = 0;
            }
            i = skipSpace(i);
            if (!source.startsWith("endraw", i)) {
                continue;
            }
            i = skipSpace(i + 6);
            char sign = i < source.length() ? source.charAt(i) : 0;
            if (sign == '-' || sign == '+') {
                i++;
            }
            if (source.startsWith("%}", i)) {
                data(strip(source.substring(position, open), openSign, false));
                advance(closed(i + 2, sign));
                return;
            }
        }
        throw new TemplateException(line, "Missing end of raw directive");
    }

    /** Reads the tokens of a tag up to and including its end. */
    private void tag(Kind end) {
        Deque<String> open = new ArrayDeque<>();
        while (true) {
            advance(skipSpace(position));
            if (position >= source.length()) {
                throw new TemplateException(line, "the tag is not closed");
            }
            if (open.isEmpty() && endOfTag(end)) {
                return;
            }
            char c = source.charAt(position);
            if (c == '"' || c == '\'') {
                string(c);
            } else if (c >= '0' && c <= '9') {
                number();
            } else if (c == '_' || Character.isLetterOrDigit(source.codePointAt(position))) {
                name();
            } else {
                operator(open);
            }
        }
    }

    private boolean endOfTag(Kind end) {
        char sign = source.charAt(position);
        boolean block = end == Kind.BLOCK_END;
        boolean signed = sign == '-' || (block && sign == '+');
        int i = signed ? position + 1 : position;
        if (!source.startsWith(block ? "%}" : "}}", i)) {
            return false;
        }
        tokens.add(new Token(end, "", "", line));
        if (block) {
            advance(closed(i + 2, sign));
        } else {
            advance(sign == '-' ? skipSpace(i + 2) : i + 2);
        }
        return true;
    }

    private void name() {
        int end = position;
        while (end < source.length()) {
            int c = source.codePointAt(end);
            if (c != '_' && !Character.isLetterOrDigit(c)) {
                break;
            }
            end += Character.charCount(c);
        }
        tokens.add(new Token(Kind.NAME, source.substring(position, end), "", line));
        advance(end);
    }

    private void operator(Deque<String> open) {
        for (String operator : OPERATORS) {
            if (source.startsWith(operator, position)) {
                balance(open, operator);
                tokens.add(new Token(Kind.OPERATOR, operator, "", line));
                advance(position + operator.length());
                return;
            }
        }
        throw new TemplateException(line, "unexpected char '" + Character.toString(source.codePointAt(position)) + "'");
    }

    private void balance(Deque<String> open, String operator) {
        switch (operator) {
            case "(" -> open.push(")");
            case "[" -> open.push("]");
            case "{" -> open.push("}");
            case ")", "]", "}" -> {
                if (open.isEmpty()) {
                    throw new TemplateException(line, "unexpected '" + operator + "'");
                }
                String expected = open.pop();
                if (!expected.equals(operator)) {
                    throw new TemplateException(line, "unexpected '" + operator + "', expected '" + expected + "'");
                }
            }
            default -> {
                // no bracket
            }
        }
    }

    private void number() {
        tokens.add(new NumberReader(source, position, line).token());
        int end = NumberReader.end(source, position);
        advance(end);
    }

    private void string(char quote) {
        int end = position + 1;
        while (end < source.length() && source.charAt(end) != quote) {
            end += source.charAt(end) == '\\' ? 2 : 1;
        }
        if (end >= source.length()) {
            throw new TemplateException(line, "the string is not closed");
        }
        String value = Escapes.decode(source.substring(position + 1, end), line);
        tokens.add(new Token(Kind.STRING, value, "", line));
        advance(end + 1);
    }
}
