package io.specoffload.bench;

import io.specoffload.backend.cpu.PeakLoops;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The machine's limits, measured between the other measurements: bytes read and multiply-adds per second. */
final class Roofline implements AutoCloseable {

    private static final long AREA_BYTES = 256L << 20;
    private static final long PIECE_BYTES = 1L << 20;
    private static final int ROUNDS = 2_000;
    private static final long MEASURE_NANOS = 50_000_000;

    /**
     * A measurement.
     *
     * @param bandwidth bytes per second
     * @param flops floating-point operations per second
     */
    record Limits(double bandwidth, double flops) {}

    private final PeakLoops loops;
    private final int threads;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment area;
    private final ExecutorService pool;

    Roofline(PeakLoops loops, int threads) {
        this.loops = loops;
        this.threads = threads;
        area = arena.allocate(AREA_BYTES, 64);
        pool = Executors.newFixedThreadPool(
                threads, Thread.ofPlatform().daemon().name("roofline-", 0).factory());
    }

    /** About a tenth of a second; the first calls, before compilation, show too little. */
    Limits measure() {
        long share = AREA_BYTES / threads / PIECE_BYTES * PIECE_BYTES;
        double bandwidth = rate((thread, call) -> {
            long at = area.address() + thread * share + call * PIECE_BYTES % share;
            // zeros: the sum is looked at so that the reads cannot be left out
            return loops.sum(at, PIECE_BYTES) == 0 ? PIECE_BYTES : 0;
        });
        return new Limits(bandwidth, rate((thread, call) -> loops.multiplyAdd(ROUNDS)));
    }

    /** A piece of a thread's work. */
    private interface Piece {
        /** Does it; how much it was, in bytes or operations. */
        long run(int thread, long call);
    }

    /** The sum of the threads' rates over the same short time. */
    private double rate(Piece piece) {
        List<Future<Double>> parts = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            int thread = i;
            parts.add(pool.submit(() -> rate(piece, thread)));
        }
        double sum = 0;
        for (Future<Double> part : parts) {
            try {
                sum += part.get();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while measuring", e);
            } catch (ExecutionException e) {
                throw new IllegalStateException("the machine's limits cannot be measured", e.getCause());
            }
        }
        return sum;
    }

    private static double rate(Piece piece, int thread) {
        long start = System.nanoTime();
        long done = 0;
        long spent;
        long call = 0;
        do {
            done += piece.run(thread, call++);
            spent = System.nanoTime() - start;
        } while (spent < MEASURE_NANOS);
        return done / (spent / 1e9);
    }

    @Override
    public void close() {
        pool.close();
        arena.close();
    }
}
