package io.specoffload.backend.cpu.vector;

import io.specoffload.backend.cpu.WorkerPool;

/**
 * A weight matrix times one column of activations, one dot product per row by the format's own loop. Not thread-safe:
 * one product at a time. Takes no memory once its scratch has grown.
 */
final class RowProduct implements WorkerPool.RangeTask {

    /** Multiply-adds that are worth a thread's while. */
    private static final int WORK = 65_536;

    private final WorkerPool pool;
    private final Scratch[] scratches;

    private FormatCalls format;
    private long base;
    private long rowBytes;
    private int columns;
    private float[] x = new float[0];
    private float[] out = x;

    RowProduct(WorkerPool pool, Scratch[] scratches, FormatCalls anyFormat) {
        this.pool = pool;
        this.scratches = scratches;
        this.format = anyFormat;
    }

    /**
     * out[i] = row i of the matrix times x.
     *
     * @param base address of the matrix
     * @param x [columns]
     * @param out [rows]
     */
    void multiply(FormatCalls format, long base, long rowBytes, int rows, int columns, float[] x, float[] out) {
        this.format = format;
        this.base = base;
        this.rowBytes = rowBytes;
        this.columns = columns;
        this.x = x;
        this.out = out;
        pool.run(rows, Math.max(1, WORK / columns), this);
    }

    @Override
    public void run(int from, int to, int worker) {
        Scratch scratch = scratches[worker];
        int start = format.isPaired() && columns % 32 == 0 ? from + pairs(from, to, scratch.partial) : from;
        if (format.isUnpacked()) {
            copied(start, to, scratch);
            return;
        }
        for (int i = start; i < to; i++) {
            out[i] = format.dot(base + i * rowBytes, columns, x, scratch);
        }
    }

    /** Rows that are read twice, by unpacking scales and weights, are first copied to the cache in one go. */
    private void copied(int from, int to, Scratch scratch) {
        int block = (int) Math.max(1, Scratch.COPY / rowBytes);
        for (int start = from; start < to; start += block) {
            int end = Math.min(to, start + block);
            long address = scratch.copy(base + start * rowBytes, (end - start) * rowBytes);
            for (int i = start; i < end; i++) {
                out[i] = format.dot(address + (i - start) * rowBytes, columns, x, scratch);
            }
        }
    }

    /**
     * Multiplies rows of the first half together with those of the second: two streams of memory far apart are read faster
     * than one (see {@link DirectProduct}). Returns how many rows it multiplied.
     */
    private int pairs(int from, int to, float[] sums) {
        int half = (to - from) / 2;
        for (int i = from; i < from + half; i++) {
            long address = base + i * rowBytes;
            format.dots(address, address + half * rowBytes, columns, x, sums);
            out[i] = sums[0];
            out[i + half] = sums[1];
        }
        return 2 * half;
    }
}
