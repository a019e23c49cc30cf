package io.specoffload.spring.ai;

/** The engine produced nothing for too long; the generation was cancelled. */
public class GenerationTimeoutException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public GenerationTimeoutException(String message, Throwable cause) {
        super(message, cause);
    }
}
