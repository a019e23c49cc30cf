package io.specoffload.backend.cpu.vector;

import io.specoffload.backend.cpu.WorkerPool;

/**
 * A weight matrix times few columns of activations: weights are decoded in registers, so that they are read once from memory and nothing is written but
 * results. The sums' order is that of {@link Tiles}. Not thread-safe: one product at a time. Takes no memory once its scratch has grown.
 */
final class DirectProduct implements WorkerPool.RangeTask {

    /** Multiply-adds that are worth a thread's while. */
    private static final long WORK = 65_536;

    private final WorkerPool pool;
    private final Scratch[] scratches;

    private DirectCalls format;
    private FormatCalls decoder;
    private long base;
    private long rowBytes;
    private int rows;
    private int columns;
    private int whole;
    private float[] x = new float[0];
    private int n;
    private float[] out = x;
    private float[] buffer = x;
    private float[] packed = x;
    private int groups;

    DirectProduct(WorkerPool pool, Scratch[] scratches, DirectCalls anyFormat, FormatCalls anyDecoder) {
        this.pool = pool;
        this.scratches = scratches;
        this.format = anyFormat;
        this.decoder = anyDecoder;
    }

    /** See {@link BlockedProduct#multiply}. */
    void multiply(
            DirectCalls format,
            FormatCalls decoder,
            long base,
            long rowBytes,
            int rows,
            int columns,
            float[] x,
            int n,
            float[] out) {
        this.format = format;
        this.decoder = decoder;
        this.base = base;
        this.rowBytes = rowBytes;
        this.rows = rows;
        this.columns = columns;
        this.whole = columns & -32;
        this.x = x;
        this.n = n;
        this.out = out;
        this.groups = Math.ceilDiv(n, DirectCalls.COLUMNS);
        pack();
        pool.run(rows, (int) Math.max(1, WORK / ((long) columns * n)), this);
    }

    /** packed: [group][whole / 32][columns of the group][32]; of a single column that is how it lies. */
    private void pack() {
        if (n == 1) {
            packed = x;
            return;
        }
        if (buffer.length < n * whole) {
            buffer = new float[n * whole];
        }
        packed = buffer;
        int at = 0;
        for (int group = 0; group < groups; group++) {
            for (int k = 0; k < whole; k += 32) {
                for (int c = groupStart(group); c < groupStart(group + 1); c++) {
                    System.arraycopy(x, c * columns + k, packed, at, 32);
                    at += 32;
                }
            }
        }
    }

    /** The first column of a group; groups differ by at most one column in size. */
    private int groupStart(int group) {
        return (int) ((long) n * group / groups);
    }

    @Override
    public void run(int from, int to, int worker) {
        Scratch scratch = scratches[worker];
        float[] scales = scratch.rows(columns / 16 + 1);
        float[] sums = scratch.partial;
        float[] results = scratch.chunk;
        for (int row = from; row < to; row++) {
            long address = base + row * rowBytes;
            format.prepare(address, columns, scales, 0);
            for (int group = 0; group < groups; group++) {
                int start = groupStart(group);
                int count = groupStart(group + 1) - start;
                format.multiply(count, address, whole / 32, packed, start * whole, scales, sums);
                Reduction.sum(sums, 0, 32, Lanes.L, count, results);
                for (int c = 0; c < count; c++) {
                    out[(start + c) * rows + row] = results[c];
                }
            }
            if (whole < columns) {
                addTail(row, results);
            }
        }
    }

    private void addTail(int row, float[] tail) {
        int length = columns - whole;
        decoder.decode(base + row * rowBytes + rowBytes * whole / columns, length, tail, 0);
        for (int c = 0; c < n; c++) {
            out[c * rows + row] += Tiles.tail(tail, 0, x, c * columns + whole, length);
        }
    }
}
