package io.specoffload.pipeline;

import java.util.function.Supplier;

/** A place where work runs beside the pipeline's own thread, one piece at a time. */
public interface Lane extends AutoCloseable {

    /** Work in progress. */
    interface Running<T> {

        /** Waits for the work, whatever interrupts, and gives its result or throws what it threw. */
        T join();
    }

    /** Starts a piece of work; the one before must have been joined. */
    <T> Running<T> start(Supplier<T> work);

    /** Ends the lane after the work in progress. Idempotent. */
    @Override
    void close();
}
