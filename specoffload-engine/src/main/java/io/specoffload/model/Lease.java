package io.specoffload.model;

/**
 * Weights that may be used until closed.
 *
 * @param <T> what is lent
 */
public interface Lease<T> extends AutoCloseable {

    T weights();

    @Override
    void close();
}
