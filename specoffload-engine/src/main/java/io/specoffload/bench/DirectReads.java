package io.specoffload.bench;

import io.specoffload.io.AlignedBuffer;
import io.specoffload.io.DirectFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How fast the disk gives a file to a plain loop of direct reads, a few in flight: the limit of everything that streams
 * it. Each measurement goes on in the file where the last one ended. Owns file, threads and buffers.
 */
final class DirectReads implements AutoCloseable {

    private static final int IN_FLIGHT = 4;
    private static final int REQUEST = 1 << 20;
    private static final long MEASURE_NANOS = 1_000_000_000;

    private final DirectFile file;
    private final List<AlignedBuffer> buffers = new ArrayList<>();
    private final ExecutorService readers = Executors.newFixedThreadPool(
            IN_FLIGHT,
            Thread.ofPlatform().daemon().name("specoffload-bench-read-", 0).factory());
    private final AtomicLong next = new AtomicLong();

    DirectReads(Path path) throws IOException {
        file = DirectFile.open(path);
        for (int i = 0; i < IN_FLIGHT; i++) {
            buffers.add(AlignedBuffer.allocate(REQUEST));
        }
    }

    /** Bytes per second. */
    double measure() throws IOException {
        long start = System.nanoTime();
        List<Future<Long>> reading = new ArrayList<>();
        for (AlignedBuffer buffer : buffers) {
            reading.add(readers.submit(() -> readUntil(buffer, start + MEASURE_NANOS)));
        }
        long bytes = 0;
        for (Future<Long> reader : reading) {
            try {
                bytes += reader.get();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while measuring the disk", e);
            } catch (ExecutionException e) {
                throw new IOException("the disk cannot be read: " + e.getMessage(), e);
            }
        }
        return bytes / ((System.nanoTime() - start) / 1e9);
    }

    /** The first read is always made. */
    private long readUntil(AlignedBuffer buffer, long deadline) throws IOException {
        long requests = Math.max(1, file.size() / REQUEST);
        long bytes = 0;
        do {
            bytes += file.read(next.getAndIncrement() % requests * REQUEST, buffer.segment());
        } while (System.nanoTime() < deadline);
        return bytes;
    }

    @Override
    public void close() throws IOException {
        // waits: buffers must outlive the reads into them
        readers.close();
        buffers.forEach(AlignedBuffer::close);
        file.close();
    }
}
