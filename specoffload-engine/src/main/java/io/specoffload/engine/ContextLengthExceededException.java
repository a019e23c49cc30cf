package io.specoffload.engine;

/** A prompt is longer than the context; the message gives both lengths. */
public class ContextLengthExceededException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    public ContextLengthExceededException(String message) {
        super(message);
    }
}
