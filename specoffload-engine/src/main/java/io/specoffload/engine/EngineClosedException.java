package io.specoffload.engine;

/** The engine is closed. */
public class EngineClosedException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    public EngineClosedException(String message) {
        super(message);
    }
}
