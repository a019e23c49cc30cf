package io.specoffload.kv;

/** The pool has no free page for a row that has to be written. */
public class KvCacheFullException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public KvCacheFullException(String message) {
        super(message);
    }
}
