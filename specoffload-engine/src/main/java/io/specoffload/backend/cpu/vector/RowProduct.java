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
        int pairs = format.isPaired() && columns % 32 == 0 ? (to - from) / 2 : 0;
        multiplyPairs(from, pairs, scratch);
        multiplyRows(from + 2 * pairs, to, scratch);
    }

    /**
     * Multiplies rows of the first half together with those of the second: two streams of memory far apart are read faster
     * than one (see {@link DirectProduct}). Rows that are read twice, by unpacking scales and weights, are first copied
     * to the cache in one go.
     */
    private void multiplyPairs(int from, int pairs, Scratch scratch) {
        float[] results = scratch.partial;
        boolean copied = format.isUnpacked();
        int block = (int) Math.max(1, copied ? Scratch.COPY / 2 / rowBytes : pairs);
        for (int start = from; start < from + pairs; start += block) {
            int count = Math.min(block, from + pairs - start);
            long first = base + start * rowBytes;
            long second = first + pairs * rowBytes;
            if (copied) {
                first = scratch.copy(first, second, count * rowBytes);
                second = first + count * rowBytes;
            }
            for (int i = 0; i < count; i++) {
                format.dots(first + i * rowBytes, second + i * rowBytes, columns, x, scratch, results);
                out[start + i] = results[0];
                out[start + i + pairs] = results[1];
            }
        }
    }

    /** Rows that are read twice are copied here too: one stream of memory is slow in any case. */
    private void multiplyRows(int from, int to, Scratch scratch) {
        int block = (int) Math.max(1, format.isUnpacked() ? Scratch.COPY / rowBytes : to - from);
        for (int start = from; start < to; start += block) {
            int count = Math.min(block, to - start);
            long address = base + start * rowBytes;
            if (format.isUnpacked()) {
                address = scratch.copy(address, count * rowBytes);
            }
            for (int i = 0; i < count; i++) {
                out[start + i] = format.dot(address + i * rowBytes, columns, x, scratch);
            }
        }
    }
}
