package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.L;
import static io.specoffload.backend.cpu.vector.Lanes.STEPS;

import io.specoffload.backend.cpu.WorkerPool;
import java.util.Arrays;

/**
 * A weight matrix times up to {@link SingleRowCalls#COLUMNS} columns of activations, for processors with few registers: weights are decoded in
 * registers, once for all columns. The sums' order is that of {@link Tiles}. Not thread-safe: one product at a time. Takes
 * no memory once its scratch has grown.
 */
final class SingleRowProduct implements WorkerPool.RangeTask {

    /** Rows of a block: it is read four or eight times, a vector of each group at a time, and should stay in the second-level cache. */
    private static final int ROWS = 16;

    private static final long BLOCK_BYTES = 1 << 17;

    /** Multiply-adds that are worth a thread's while. */
    private static final long WORK = 65_536;

    private final WorkerPool pool;
    private final Scratch[] scratches;
    private final Reduction reduction = new Reduction();

    private SingleRowCalls format;
    private FormatCalls decoder;
    private long base;
    private long rowBytes;
    private int rows;
    private int columns;
    private int whole;
    private float[] x = new float[0];
    private int n;
    private int width;
    private float[] out = x;
    private final AlignedFloats packed = new AlignedFloats();

    SingleRowProduct(WorkerPool pool, Scratch[] scratches, SingleRowCalls anyFormat, FormatCalls anyDecoder) {
        this.pool = pool;
        this.scratches = scratches;
        this.format = anyFormat;
        this.decoder = anyDecoder;
    }

    /** See {@link BlockedProduct#multiply}. */
    void multiply(
            SingleRowCalls format,
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
        this.width = SingleRowCalls.width(n);
        this.out = out;
        pack();
        pool.run(rows, (int) Math.max(1, WORK / ((long) columns * n)), this);
    }

    /** packed, from its offset: [STEPS][whole / 32][columns of the loop][L]; columns that are not there are zero. */
    private void pack() {
        packed.ensure(width * whole);
        float[] target = packed.array();
        int unused = (width - n) * L;
        int at = packed.offset();
        for (int step = 0; step < STEPS; step++) {
            for (int k = step * L; k < whole; k += 32) {
                for (int c = 0; c < n; c++) {
                    System.arraycopy(x, c * columns + k, target, at, L);
                    at += L;
                }
                Arrays.fill(target, at, at + unused, 0);
                at += unused;
            }
        }
    }

    @Override
    public void run(int from, int to, int worker) {
        Scratch scratch = scratches[worker];
        scratch.panelSums.ensure(ROWS * width * 32);
        int block = Math.clamp(BLOCK_BYTES / rowBytes, 1, ROWS);
        for (int row = from; row < to; row += block) {
            multiplyBlock(row, Math.min(block, to - row), scratch.panelSums, scratch.partial);
        }
        if (whole < columns) {
            for (int row = from; row < to; row++) {
                decoder.addTail(base + row * rowBytes, rowBytes, columns, x, 0, n, out, row, rows, scratch.chunk);
            }
        }
    }

    /** Sums: [STEPS][rows][columns of the loop][L]. */
    private void multiplyBlock(int row, int count, AlignedFloats aligned, float[] results) {
        float[] sums = aligned.array();
        int sumsOffset = aligned.offset();
        int all = count * width;
        for (int step = 0; step < STEPS; step++) {
            format.multiply(
                    width,
                    base + row * rowBytes,
                    rowBytes,
                    count,
                    whole / 32,
                    packed.array(),
                    packed.offset() + step * (whole / 32) * width * L,
                    step,
                    sums,
                    sumsOffset + step * all * L);
        }
        reduction.add(sums, sumsOffset, L, all * L, all, results);
        for (int c = 0; c < n; c++) {
            int at = c * rows + row;
            for (int i = 0; i < count; i++) {
                out[at + i] = results[i * width + c];
            }
        }
    }
}
