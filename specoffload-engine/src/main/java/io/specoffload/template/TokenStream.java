package io.specoffload.template;

import io.specoffload.template.Token.Kind;
import java.util.List;

/** A position in a template's tokens, and how deeply nested it is. */
final class TokenStream {

    private final List<Token> tokens;
    private final int maxDepth;
    private int position;
    private int depth;

    TokenStream(List<Token> tokens, int maxDepth) {
        this.tokens = tokens;
        this.maxDepth = maxDepth;
    }

    Token current() {
        return tokens.get(position);
    }

    Token look() {
        return tokens.get(Math.min(position + 1, tokens.size() - 1));
    }

    Token next() {
        Token token = current();
        if (position < tokens.size() - 1) {
            position++;
        }
        return token;
    }

    boolean skip(Kind kind) {
        return skipIf(current().is(kind));
    }

    boolean skipName(String name) {
        return skipIf(current().isName(name));
    }

    boolean skipOperator(String operator) {
        return skipIf(current().isOperator(operator));
    }

    private boolean skipIf(boolean condition) {
        if (condition) {
            next();
        }
        return condition;
    }

    Token expect(Kind kind, String what) {
        if (!current().is(kind)) {
            throw unexpected(what);
        }
        return next();
    }

    void expectOperator(String operator) {
        if (!skipOperator(operator)) {
            throw unexpected("'" + operator + "'");
        }
    }

    void expectName(String name) {
        if (!skipName(name)) {
            throw unexpected("'" + name + "'");
        }
    }

    TemplateException unexpected(String expected) {
        return new TemplateException(
                current().line(), "expected " + expected + ", got " + current().shown());
    }

    TemplateException error(int line, String message) {
        return new TemplateException(line, message);
    }

    /** Goes one level deeper; every nested construct and every further operand of a chain counts. */
    void enter() {
        if (++depth > maxDepth) {
            throw new TemplateException(current().line(), "nested deeper than " + maxDepth + " levels");
        }
    }

    void leave() {
        depth--;
    }
}
