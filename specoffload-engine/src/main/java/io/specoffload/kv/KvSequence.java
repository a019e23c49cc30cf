package io.specoffload.kv;

import io.specoffload.backend.KvView;

/**
 * The cached rows of one sequence, positions 0 to {@link #length()} - 1. Used by one thread at a time. A forward pass
 * reserves pages, writes its rows, then commits them; a rejected tail is dropped by {@link #truncate}.
 */
public interface KvSequence extends KvView, AutoCloseable {

    /** Rows that are committed. */
    int length();

    /**
     * Makes room for rows up to {@code positions}, committed ones included.
     *
     * @throws KvCacheFullException if the pool has too few free pages; nothing is changed then
     */
    void reserve(int positions);

    /** Declares the rows before {@code length} written. Only a forward pass calls this. */
    void commit(int length);

    /** Drops the rows from {@code position} on and gives back pages that hold none. */
    void truncate(int position);

    /** Gives all pages back. Idempotent. */
    @Override
    void close();
}
