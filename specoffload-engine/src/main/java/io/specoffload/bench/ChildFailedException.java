package io.specoffload.bench;

/** A child process ended early, or answered with an error. */
final class ChildFailedException extends IllegalArgumentException {

    private static final long serialVersionUID = 1;

    ChildFailedException(String message) {
        super(message);
    }

    ChildFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
