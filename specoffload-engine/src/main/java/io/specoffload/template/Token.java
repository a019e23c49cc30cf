package io.specoffload.template;

/**
 * A token of a template.
 *
 * @param text data, name, operator, or a string literal's value; empty for the delimiters
 * @param value a number's value, else empty text
 */
record Token(Kind kind, String text, Object value, int line) {

    enum Kind {
        DATA,
        BLOCK_BEGIN,
        BLOCK_END,
        PRINT_BEGIN,
        PRINT_END,
        NAME,
        STRING,
        INTEGER,
        FLOAT,
        OPERATOR,
        END
    }

    boolean is(Kind other) {
        return kind == other;
    }

    boolean isName(String name) {
        return kind == Kind.NAME && text.equals(name);
    }

    boolean isOperator(String operator) {
        return kind == Kind.OPERATOR && text.equals(operator);
    }

    /** The token as error messages show it. */
    String shown() {
        return switch (kind) {
            case END -> "end of template";
            case BLOCK_END -> "'%}'";
            case PRINT_END -> "'}}'";
            case BLOCK_BEGIN -> "'{%'";
            case PRINT_BEGIN -> "'{{'";
            case DATA -> "text";
            default -> "'" + text + "'";
        };
    }
}
