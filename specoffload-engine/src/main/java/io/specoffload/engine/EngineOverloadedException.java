package io.specoffload.engine;

/** The queue is full; the request may be repeated later. */
public class EngineOverloadedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public EngineOverloadedException(String message) {
        super(message);
    }
}
