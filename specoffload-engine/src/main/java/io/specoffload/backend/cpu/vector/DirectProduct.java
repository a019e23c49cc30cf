package io.specoffload.backend.cpu.vector;

import io.specoffload.backend.cpu.ColumnGroups;
import io.specoffload.backend.cpu.WorkerPool;

/**
 * A weight matrix times few columns of activations: weights are decoded in registers, so that they are read once from memory and nothing is written but
 * results. The sums' order is that of {@link Tiles}. Not thread-safe: one product at a time. Takes no memory once its scratch has grown.
 */
final class DirectProduct implements WorkerPool.RangeTask {

    /** Multiply-adds that are worth a thread's while. */
    private static final long WORK = 65_536;

    private static final float[] NOTHING_PREPARED = {};

    private final WorkerPool pool;
    private final Scratch[] scratches;
    private final Reduction reduction = new Reduction();

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
    private final AlignedFloats buffer = new AlignedFloats();
    private float[] packed = x;
    private int packedOffset;
    private final ColumnGroups groups = new ColumnGroups();

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
        groups.divide(n, DirectCalls.COLUMNS);
        pack();
        pool.run(rows, (int) Math.max(1, WORK / ((long) columns * n)), this);
    }

    /** packed, from its offset: [group][whole / 32][columns of the group][32]; of a single column that is how it lies. */
    private void pack() {
        if (n == 1) {
            packed = x;
            packedOffset = 0;
            return;
        }
        buffer.ensure(n * whole);
        packed = buffer.array();
        packedOffset = buffer.offset();
        int at = packedOffset;
        for (int group = 0; group < groups.count(); group++) {
            for (int k = 0; k < whole; k += 32) {
                for (int c = groups.start(group); c < groups.start(group + 1); c++) {
                    System.arraycopy(x, c * columns + k, packed, at, 32);
                    at += 32;
                }
            }
        }
    }

    /**
     * Rows are multiplied in pairs: see {@link RowPairs}. Where their distance is less than half of the rows, those in the middle are multiplied
     * twice.
     */
    @Override
    public void run(int from, int to, int worker) {
        Scratch scratch = scratches[worker];
        long address = base + from * rowBytes;
        int distance = RowPairs.distance(to - from, rowBytes);
        int half = to - from - distance;
        int most = format.pairs();
        for (int pair = 0; pair < half; pair += most) {
            int pairs = Math.min(most, half - pair);
            long first = address + pair * rowBytes;
            float[] scales =
                    format.isPrepared() ? prepared(first, distance * rowBytes, pairs, scratch) : NOTHING_PREPARED;
            for (int group = 0; group < groups.count(); group++) {
                multiply(group, from + pair, distance, pairs, first, scales, scratch);
            }
        }
        if (whole < columns) {
            for (int row = from; row < to; row++) {
                decoder.addTail(base + row * rowBytes, rowBytes, columns, x, 0, n, out, row, rows, scratch.chunk);
            }
        }
    }

    /** [{@link DirectCalls#PAIRS}][2 rows] of what the format wants to know of each row. */
    private float[] prepared(long first, long distance, int pairs, Scratch scratch) {
        float[] scales = scratch.rows(2 * DirectCalls.PAIRS * (columns / 16));
        int each = scales.length / (2 * DirectCalls.PAIRS);
        for (int pair = 0; pair < pairs; pair++) {
            long row = first + pair * rowBytes;
            format.prepare(row, row + distance, columns, scales, 2 * pair * each, (2 * pair + 1) * each);
        }
        return scales;
    }

    /** Pairs of rows, of which the first begins with {@code row} at address {@code first}, times a group of columns. */
    private void multiply(int group, int row, int distance, int pairs, long first, float[] scales, Scratch scratch) {
        int start = groups.start(group);
        int count = groups.size(group);
        float factor = format.factor();
        float[] results = scratch.chunk;
        float[] sums = scratch.sums(DirectCalls.PAIRS * 2 * DirectCalls.COLUMNS * 32);
        format.multiply(
                count,
                first,
                first + distance * rowBytes,
                rowBytes,
                pairs,
                whole / 32,
                packed,
                packedOffset + start * whole,
                scales,
                sums);
        reduction.add(sums, 0, 32, Lanes.L, 2 * pairs * count, results);
        for (int pair = 0; pair < pairs; pair++) {
            for (int c = 0; c < count; c++) {
                int at = (start + c) * rows + row + pair;
                out[at] = results[2 * pair * count + c] * factor;
                out[at + distance] = results[(2 * pair + 1) * count + c] * factor;
            }
        }
    }
}
