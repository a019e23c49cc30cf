package io.specoffload.kv;

import io.specoffload.io.AlignedBuffer;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A pool of equally large pages in native memory. The memory is taken from the system in chunks when pages are first
 * needed, never more than {@link #byteSize()}, and given back by {@link #close()}. A page that is freed is handed out
 * again before a new one is made. Thread-safe; each of its sequences is used by one thread at a time.
 */
public final class PagedKvCache implements KvCache {

    private static final long CHUNK_BYTES = 16L << 20;

    private final KvLayout layout;
    private final int pages;
    private final int pagesPerChunk;

    /** Guards everything below. */
    private final Object lock = new Object();

    /** The memory of each page that exists, split by layer. */
    private final MemorySegment[][] memory;

    /** What the pages lie in. Not the C library's heap: that would keep what is freed. */
    private final List<AlignedBuffer> chunks = new ArrayList<>();

    private final int[] free;
    private int freeCount;
    private int existing;
    private boolean closed;

    /**
     * @param layout what a page holds
     * @param pages number of pages, at least 1
     */
    public PagedKvCache(KvLayout layout, int pages) {
        if (pages < 1) {
            throw new IllegalArgumentException("a KV cache needs at least one page, not " + pages);
        }
        Math.multiplyExact(layout.pageBytes(), (long) pages);
        this.layout = layout;
        this.pages = pages;
        this.pagesPerChunk = Math.clamp(CHUNK_BYTES / layout.pageBytes(), 1, pages);
        this.memory = new MemorySegment[pages][];
        this.free = new int[pages];
    }

    @Override
    public KvSequence newSequence() {
        synchronized (lock) {
            requireOpen();
        }
        return new PagedKvSequence(this);
    }

    public KvLayout layout() {
        return layout;
    }

    @Override
    public int pagePositions() {
        return KvLayout.PAGE_POSITIONS;
    }

    @Override
    public int pages() {
        return pages;
    }

    @Override
    public int pagesInUse() {
        synchronized (lock) {
            return existing - freeCount;
        }
    }

    @Override
    public long byteSize() {
        return layout.pageBytes() * pages;
    }

    @Override
    public long allocatedBytes() {
        synchronized (lock) {
            return layout.pageBytes() * existing;
        }
    }

    /** Whether the sequence takes its pages from this cache. */
    public boolean owns(KvSequence sequence) {
        return sequence instanceof PagedKvSequence paged && paged.isOf(this);
    }

    @Override
    public void close() {
        synchronized (lock) {
            if (closed) {
                return;
            }
            closed = true;
            chunks.forEach(AlignedBuffer::close);
        }
    }

    /** Takes {@code count} pages, all or none, into {@code target[from..]}. */
    void take(int[] target, int from, int count) {
        synchronized (lock) {
            requireOpen();
            int available = pages - existing + freeCount;
            if (count > available) {
                throw new KvCacheFullException("the KV cache has " + available + " free pages of " + pages + ", but "
                        + count + " are needed; use a larger cache, a shorter context or fewer sequences");
            }
            while (freeCount < count) {
                grow();
            }
            for (int i = 0; i < count; i++) {
                target[from + i] = free[--freeCount];
            }
        }
    }

    /** Takes the pages {@code source[from..from + count - 1]} back. */
    void give(int[] source, int from, int count) {
        synchronized (lock) {
            for (int i = from + count - 1; i >= from; i--) {
                free[freeCount++] = source[i];
            }
        }
    }

    /** The memory of a page that a sequence holds, by layer. */
    MemorySegment[] memory(int page) {
        return memory[page];
    }

    /** Makes the pages of one more chunk; their memory is asked for at once, so failure changes nothing. */
    private void grow() {
        int count = Math.min(pagesPerChunk, pages - existing);
        AlignedBuffer taken = AlignedBuffer.allocate(layout.pageBytes() * count);
        MemorySegment chunk = taken.segment();
        // memory exists only once it is touched
        chunk.fill((byte) 0);
        chunks.add(taken);
        for (int i = count - 1; i >= 0; i--) {
            memory[existing + i] = split(chunk, i * layout.pageBytes());
            free[freeCount++] = existing + i;
        }
        existing += count;
    }

    private MemorySegment[] split(MemorySegment chunk, long offset) {
        long bytes = layout.layerBytes();
        MemorySegment[] layers = new MemorySegment[layout.layers()];
        for (int layer = 0; layer < layers.length; layer++) {
            layers[layer] = chunk.asSlice(offset + layer * bytes, bytes);
        }
        return layers;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the KV cache is closed");
        }
    }
}
