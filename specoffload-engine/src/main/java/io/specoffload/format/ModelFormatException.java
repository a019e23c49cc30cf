package io.specoffload.format;

/** A model file cannot be used: damaged, hostile, or of a kind that is not supported. The message names the field. */
public class ModelFormatException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public ModelFormatException(String message) {
        super(message);
    }

    public ModelFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
