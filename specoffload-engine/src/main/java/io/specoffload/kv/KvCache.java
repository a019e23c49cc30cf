package io.specoffload.kv;

/** A pool of pages that hold the keys and values of many sequences of one model. Thread-safe for {@link #newSequence}. */
public interface KvCache extends AutoCloseable {

    /** A sequence without rows; the caller closes it, which gives its pages back. */
    KvSequence newSequence();

    /** Positions that one page holds. */
    int pagePositions();

    /** Pages there are. */
    int pages();

    /** Pages that sequences hold now. */
    int pagesInUse();

    /** Memory of all pages, used or not, in bytes. */
    long byteSize();

    /** Memory taken so far, at most {@link #byteSize()}. */
    default long allocatedBytes() {
        return byteSize();
    }

    /** Pages that a sequence of {@code positions} rows takes. */
    default int pagesFor(int positions) {
        return Math.ceilDiv(positions, pagePositions());
    }

    @Override
    void close();
}
