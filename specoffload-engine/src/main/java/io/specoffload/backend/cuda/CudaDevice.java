package io.specoffload.backend.cuda;

/**
 * A GPU that answers. All of its methods are called on the thread that opened it: a CUDA context is a thread's. Closing
 * frees what was allocated on it.
 */
public interface CudaDevice extends AutoCloseable {

    /** The driver's name for it. */
    String name();

    /** Bytes of its memory. */
    long memoryBytes();

    /** Bytes of its memory that nobody uses now. */
    long freeMemoryBytes();

    /** For example {@code 8.6}. */
    String computeCapability();

    /** The newest CUDA version that the driver speaks, for example {@code 12.4}. */
    String driverVersion();

    /**
     * Copies and waits for the end.
     *
     * @param bytes how many, at most {@link #LARGEST_COPY}
     * @return seconds that it took
     * @throws CudaUnavailableException if the device fails, or has no memory for it
     */
    double seconds(CudaCopy copy, long bytes) throws CudaUnavailableException;

    /** Most bytes of one copy. */
    long LARGEST_COPY = 64L << 20;

    @Override
    void close();
}
