package io.specoffload.bench;

/** A child process ended early, or answered with an error. */
final class ChildFailedException extends IllegalArgumentException {

    private static final long serialVersionUID = 1;

    private int exitCode;

    ChildFailedException(String message) {
        super(message);
    }

    ChildFailedException(String message, Throwable cause) {
        super(message, cause);
    }

    /** A child that ended with a code of its own. */
    ChildFailedException(String message, int exitCode) {
        super(message);
        this.exitCode = exitCode;
    }

    /** Whether the child refused its input, which it will do again: this engine's commands then exit with 2. */
    boolean refused() {
        return exitCode == 2;
    }
}
