package io.specoffload.template;

/** The template itself refused its input through {@code raise_exception}; the message is exactly the template's. */
public final class TemplateRefusalException extends TemplateException {

    private static final long serialVersionUID = 1L;

    TemplateRefusalException(String message, int line) {
        super(message, line);
    }
}
