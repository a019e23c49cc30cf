package io.specoffload.backend.cuda;

/** No GPU can be used; the message says why in one line. */
public final class CudaUnavailableException extends Exception {

    private static final long serialVersionUID = 1L;

    public CudaUnavailableException(String reason) {
        super(reason.strip().replaceAll("\\s*\\R\\s*", " "));
    }
}
