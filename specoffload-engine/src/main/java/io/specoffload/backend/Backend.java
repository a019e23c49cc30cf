package io.specoffload.backend;

/**
 * A compute device: its memory and its kernels. Chosen once per engine and handed to whatever computes. Closing ends
 * its threads and frees what it still holds.
 */
public interface Backend extends AutoCloseable {

    /** For logs, for example {@code cpu (vector-512, 2 threads)}. */
    String description();

    Kernels kernels();

    /** Zero-filled float32 memory. */
    Buffer allocate(int floats);

    @Override
    void close();
}
