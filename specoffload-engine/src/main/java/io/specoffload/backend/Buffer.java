package io.specoffload.backend;

/**
 * A float32 area in a backend's own memory, used for activations and logits. Only the backend that allocated it may
 * compute on it. Not thread-safe. Closing frees the memory.
 */
public interface Buffer extends AutoCloseable {

    /** Number of floats. */
    int length();

    /** Copies {@code count} floats from {@code source[from..]} to this buffer at {@code offset}. */
    void upload(float[] source, int from, int offset, int count);

    /** Copies {@code count} floats of this buffer at {@code offset} to {@code target[to..]}. */
    void download(int offset, float[] target, int to, int count);

    @Override
    void close();
}
