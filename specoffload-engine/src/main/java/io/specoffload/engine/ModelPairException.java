package io.specoffload.engine;

/** The draft model does not fit the target model; the message names the first difference. */
public class ModelPairException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public ModelPairException(String message) {
        super(message);
    }
}
