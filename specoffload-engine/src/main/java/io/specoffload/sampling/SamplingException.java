package io.specoffload.sampling;

/** No token can be chosen: the logits are not numbers, or every token is excluded. */
public class SamplingException extends RuntimeException {

    public SamplingException(String message) {
        super(message);
    }
}
