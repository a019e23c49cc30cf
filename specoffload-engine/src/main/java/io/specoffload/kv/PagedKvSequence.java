package io.specoffload.kv;

import io.specoffload.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** A sequence's page table. */
final class PagedKvSequence implements KvSequence {

    private final PagedKvCache cache;
    private int[] pages = new int[8];

    /** The memory of each held page, by layer. */
    private MemorySegment[][] memory = new MemorySegment[8][];

    private int pageCount;
    private int length;
    private boolean closed;

    PagedKvSequence(PagedKvCache cache) {
        this.cache = cache;
    }

    boolean isOf(PagedKvCache other) {
        return cache == other;
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public void reserve(int positions) {
        requireOpen();
        int needed = KvLayout.pagesFor(positions);
        if (needed <= pageCount) {
            return;
        }
        if (needed > pages.length) {
            int capacity = Math.max(needed, 2 * pages.length);
            pages = Arrays.copyOf(pages, capacity);
            memory = Arrays.copyOf(memory, capacity);
        }
        cache.take(pages, pageCount, needed - pageCount);
        for (int i = pageCount; i < needed; i++) {
            memory[i] = cache.memory(pages[i]);
        }
        pageCount = needed;
    }

    @Override
    public void commit(int newLength) {
        requireOpen();
        if (newLength < length || newLength > pageCount * KvLayout.PAGE_POSITIONS) {
            throw new IllegalArgumentException("cannot commit " + newLength + " rows: " + length + " are committed, "
                    + pageCount * KvLayout.PAGE_POSITIONS + " reserved");
        }
        length = newLength;
    }

    @Override
    public void truncate(int position) {
        requireOpen();
        if (position < 0 || position > length) {
            throw new IllegalArgumentException("cannot truncate to " + position + " rows: there are " + length);
        }
        length = position;
        giveBackFrom(KvLayout.pagesFor(position));
    }

    @Override
    public DType type() {
        return cache.layout().type();
    }

    @Override
    public int blockPositions() {
        return KvLayout.PAGE_POSITIONS;
    }

    @Override
    public MemorySegment block(int index, int layer) {
        if (index >= pageCount) {
            throw new IndexOutOfBoundsException("block " + index + " of " + pageCount);
        }
        return memory[index][layer];
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        length = 0;
        giveBackFrom(0);
    }

    private void giveBackFrom(int page) {
        if (page < pageCount) {
            cache.give(pages, page, pageCount - page);
            pageCount = page;
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the sequence is closed");
        }
    }
}
