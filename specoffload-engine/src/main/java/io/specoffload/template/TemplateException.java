package io.specoffload.template;

/**
 * A template cannot be parsed or rendered: a syntax error, an operation that Python refuses, or a limit of
 * {@link TemplateLimits} that was reached. The message names the line.
 */
public class TemplateException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int line;

    /** An error at a line of the template; 0 where the line is not known yet. */
    public TemplateException(int line, String message) {
        super(line > 0 ? "template line " + line + ": " + message : message);
        this.line = line;
    }

    /** An error whose line is added by the evaluator. */
    TemplateException(String message) {
        this(0, message);
    }

    /** For messages that must stay as they are. */
    TemplateException(String message, int line) {
        super(message);
        this.line = line;
    }

    /** The template's line, counted from 1; 0 if unknown. */
    public int line() {
        return line;
    }
}
