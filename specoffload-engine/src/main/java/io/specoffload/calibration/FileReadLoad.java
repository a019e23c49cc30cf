package io.specoffload.calibration;

import io.specoffload.io.AlignedBuffer;
import io.specoffload.io.DirectFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Reads a real file with threads of its own, each into a buffer of its own. Closing waits for them and frees both. */
final class FileReadLoad implements ReadLoad {

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private final DirectFile file;
    private final int largestRequest;
    private final LongSupplier nanoTime;
    private final List<AlignedBuffer> buffers = new ArrayList<>();
    private final ExecutorService readers = Executors.newCachedThreadPool(
            Thread.ofPlatform().daemon().name("specoffload-disk-probe-", 0).factory());
    private long position;

    private FileReadLoad(DirectFile file, int largestRequest, LongSupplier nanoTime) {
        this.file = file;
        this.largestRequest = largestRequest;
        this.nanoTime = nanoTime;
    }

    /**
     * Opens a file.
     *
     * @param largestRequest most bytes of one read
     * @param nanoTime clock
     * @throws IOException if it cannot be read, or is smaller than a block
     */
    static FileReadLoad open(Path path, int largestRequest, LongSupplier nanoTime) throws IOException {
        DirectFile file = DirectFile.open(path);
        if (file.size() < file.alignment()) {
            file.close();
            throw new IOException(path + " is too small to measure a disk on");
        }
        return new FileReadLoad(file, largestRequest, nanoTime);
    }

    @Override
    public String name() {
        return file.path().toString();
    }

    @Override
    public long size() {
        return file.size();
    }

    @Override
    public boolean direct() {
        return file.direct();
    }

    @Override
    public int blockBytes() {
        return file.alignment();
    }

    @Override
    public Run run(int requestBytes, int inFlight, long bytes, double seconds) throws IOException {
        long start = nanoTime.getAsLong();
        long deadline = start + (long) (seconds * 1e9);
        AtomicLong asked = new AtomicLong();
        AtomicLong next = new AtomicLong(position);
        List<Future<Long>> reading = new ArrayList<>();
        for (int i = 0; i < inFlight; i++) {
            MemorySegment target = buffer(i).asSlice(0, requestBytes);
            reading.add(readers.submit(() -> readUntil(target, asked, next, bytes, deadline)));
        }
        long total = 0;
        for (Future<Long> reader : reading) {
            total += result(reader);
        }
        position = next.get();
        return new Run(total, Math.max(1, nanoTime.getAsLong() - start) / 1e9);
    }

    /** The first read is always made, so that a run measures something however late it is. */
    private long readUntil(MemorySegment target, AtomicLong asked, AtomicLong next, long bytes, long deadline)
            throws IOException {
        long read = 0;
        do {
            read += file.read(place(next.getAndAdd(target.byteSize()), target.byteSize()), target);
        } while (asked.addAndGet(target.byteSize()) < bytes && nanoTime.getAsLong() < deadline);
        return read;
    }

    /** Where in the file an endless sequence of requests of one size is. */
    private long place(long offset, long requestBytes) {
        long requests = Math.max(1, file.size() / requestBytes);
        return offset / requestBytes % requests * requestBytes;
    }

    @Override
    public double single(int index) throws IOException {
        int block = Math.max(blockBytes(), Math.min(4096, largestRequest));
        long blocks = Math.max(1, file.size() / block);
        MemorySegment target = buffer(0).asSlice(0, block);
        long start = nanoTime.getAsLong();
        file.read(Long.remainderUnsigned((index + 1) * GOLDEN, blocks) * block, target);
        return Math.max(1, nanoTime.getAsLong() - start) / 1e9;
    }

    private MemorySegment buffer(int i) {
        while (buffers.size() <= i) {
            buffers.add(AlignedBuffer.allocate(largestRequest));
        }
        return buffers.get(i).segment();
    }

    private static long result(Future<Long> reader) throws IOException {
        try {
            return reader.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while measuring the disk", e);
        } catch (ExecutionException e) {
            throw new IOException("the disk cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() throws IOException {
        // waits: buffers must outlive the reads into them
        readers.close();
        buffers.forEach(AlignedBuffer::close);
        file.close();
    }
}
