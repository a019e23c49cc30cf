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
    private boolean touched;

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
        TouchTrial trial = format.touching();
        long bytes = rows * rowBytes;
        touched = trial != null && trial.isTouched();
        long start = System.nanoTime();
        pool.run(rows, Math.max(1, WORK / columns), this);
        if (trial != null && trial.isTimed(bytes)) {
            trial.record(bytes, System.nanoTime() - start);
        }
    }

    @Override
    public void run(int from, int to, int worker) {
        Scratch scratch = scratches[worker];
        int row = from;
        while (to - row >= 2 && format.isPaired() && columns % 32 == 0) {
            int pairs = RowPairs.distance(to - row, rowBytes);
            multiplyPairs(row, pairs, scratch);
            row += 2 * pairs;
        }
        multiplyRows(row, to, scratch);
    }

    /** Multiplies rows together with those that lie {@code pairs} rows behind them (see {@link RowPairs}). */
    private void multiplyPairs(int from, int pairs, Scratch scratch) {
        float[] results = scratch.partial;
        long first = base + from * rowBytes;
        long second = first + pairs * rowBytes;
        for (int i = 0; i < pairs; i++) {
            if (touched && i + 1 < pairs) {
                scratch.touch(first + rowBytes, rowBytes);
                scratch.touch(second + rowBytes, rowBytes);
            }
            format.dots(first, second, columns, x, scratch, results);
            out[from + i] = results[0];
            out[from + i + pairs] = results[1];
            first += rowBytes;
            second += rowBytes;
        }
    }

    private void multiplyRows(int from, int to, Scratch scratch) {
        long address = base + from * rowBytes;
        for (int i = from; i < to; i++) {
            if (touched && i + 1 < to) {
                scratch.touch(address + rowBytes, rowBytes);
            }
            out[i] = format.dot(address, columns, x, scratch);
            address += rowBytes;
        }
    }
}
