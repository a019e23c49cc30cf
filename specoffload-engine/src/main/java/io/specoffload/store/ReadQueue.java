package io.specoffload.store;

/** Carries out transfers, first come first served within each of two classes. */
public interface ReadQueue extends AutoCloseable {

    /**
     * Queues all pieces of a transfer and returns at once.
     *
     * @param urgent before all that are not
     */
    void submit(Transfer transfer, boolean urgent);

    /** Makes what is left of a queued transfer urgent. */
    void hurry(Transfer transfer);

    /**
     * Begins no further read that is not urgent; those under way end, and what is submitted waits. Whoever waits for such
     * a transfer must see to it that reading resumes. Idempotent.
     */
    void pause();

    /** Takes up reading again. Idempotent. */
    void resume();

    /** Settles what is queued without reading it, waits for reads in flight, and ends the threads. Idempotent. */
    @Override
    void close();
}
