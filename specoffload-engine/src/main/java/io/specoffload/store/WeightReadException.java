package io.specoffload.store;

/** Weights could not be read, or are no longer those that were opened. What was being computed is lost. */
public final class WeightReadException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public WeightReadException(String message, Throwable cause) {
        super(message, cause);
    }

    public WeightReadException(String message) {
        super(message);
    }
}
