package io.specoffload.calibration;

import io.specoffload.hardware.BandwidthCurve;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongSupplier;

/** Measures reads from memory: each thread sums up a part of its own of an area that no cache holds. */
public final class BandwidthProbe implements MemoryProbe {

    private static final long AREA_BYTES = 256L << 20;
    private static final long CHUNK_BYTES = 1 << 20;
    private static final double WARM_SHARE = 0.2;

    private final LongSupplier nanoTime;

    /** @param nanoTime clock */
    public BandwidthProbe(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    @Override
    public BandwidthCurve measure(int threads, double seconds, long mostBytes) {
        TreeSet<Integer> counts = new TreeSet<>();
        for (int count = 1; count < threads; count *= 2) {
            counts.add(count);
        }
        counts.add(threads);
        try (ExecutorService readers = Executors.newFixedThreadPool(
                        threads,
                        Thread.ofPlatform()
                                .daemon()
                                .name("specoffload-memory-probe-", 0)
                                .factory());
                Arena arena = Arena.ofShared()) {
            // allocation writes zeros, so every page is one of its own
            MemorySegment area = arena.allocate(Math.max(threads * CHUNK_BYTES, Math.min(mostBytes, AREA_BYTES)), 64);
            rate(readers, area, threads, WARM_SHARE * seconds);
            SortedMap<Integer, Double> rates = new TreeMap<>();
            for (int count : counts) {
                rates.put(count, rate(readers, area, count, (1 - WARM_SHARE) * seconds / counts.size()));
            }
            return new BandwidthCurve(rates);
        }
    }

    /** A thread's part: what it read and how long that took. */
    private record Part(long bytes, double seconds, long sum) {}

    private double rate(ExecutorService readers, MemorySegment area, int threads, double seconds) {
        long share = area.byteSize() / threads / CHUNK_BYTES * CHUNK_BYTES;
        List<Future<Part>> parts = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            MemorySegment part = area.asSlice(i * share, share);
            parts.add(readers.submit(() -> read(part, seconds)));
        }
        double rate = 0;
        for (Future<Part> future : parts) {
            Part part = result(future);
            // the sum of zeros: looked at, so that the reads cannot be left out
            rate += (part.bytes + part.sum) / part.seconds;
        }
        return rate;
    }

    private Part read(MemorySegment part, double seconds) {
        long start = nanoTime.getAsLong();
        long bytes = 0;
        long sum = 0;
        double spent;
        do {
            sum += sum(part, bytes % part.byteSize());
            bytes += CHUNK_BYTES;
            spent = Math.max(1, nanoTime.getAsLong() - start) / 1e9;
        } while (spent < seconds);
        return new Part(bytes, spent, sum);
    }

    /** Four sums, so that no addition waits for the one before. */
    private static long sum(MemorySegment area, long from) {
        long a = 0;
        long b = 0;
        long c = 0;
        long d = 0;
        for (long at = from; at < from + CHUNK_BYTES; at += 4 * Long.BYTES) {
            a += area.get(ValueLayout.JAVA_LONG, at);
            b += area.get(ValueLayout.JAVA_LONG, at + 8);
            c += area.get(ValueLayout.JAVA_LONG, at + 16);
            d += area.get(ValueLayout.JAVA_LONG, at + 24);
        }
        return a + b + c + d;
    }

    private static Part result(Future<Part> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while measuring memory", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("memory cannot be measured", e.getCause());
        }
    }
}
