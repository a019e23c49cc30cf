package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.L;
import static io.specoffload.backend.cpu.vector.Lanes.STEPS;

import io.specoffload.backend.cpu.WorkerPool;
import java.util.Arrays;

/**
 * A weight matrix times many columns of activations. Weight rows are copied to the cache, decoded to floats a piece of a few rows at a time, and multiplied with all columns tile by tile; activations are packed once for all of it. The sums' order is that of {@link Tiles}.
 * Not thread-safe: one product at a time. Takes no memory once its scratch has grown.
 */
final class BlockedProduct implements WorkerPool.RangeTask {

    /** Elements of each row that are decoded at once. */
    private static final int CHUNK = 2048;

    /** Columns whose sums lie in scratch at once: they stay in the second-level cache. */
    private static final int MAX_COLUMNS = 128;

    /** Rows of a panel. */
    private static final int PANEL_ROWS = 16;

    /** Multiply-adds that are worth a thread's while. */
    private static final long WORK = 65_536;

    /** Activations that are worth another thread's while to pack. */
    private static final int PACK_WORK = 32_768;

    private final WorkerPool pool;
    private final Scratch[] scratches;
    private final Reduction reduction = new Reduction();
    private final PackedTiles tiles = new PackedTiles();
    private final WorkerPool.RangeTask packing = (from, to, worker) -> packGroups(from, to);

    private FormatCalls format;
    private long base;
    private long rowBytes;
    private int rows;
    private int columns;
    private int whole;
    private float[] x = new float[0];
    private int n;
    private float[] out = x;
    private float[] packed = x;
    private int groups;

    BlockedProduct(WorkerPool pool, Scratch[] scratches, FormatCalls anyFormat) {
        this.pool = pool;
        this.scratches = scratches;
        this.format = anyFormat;
    }

    /**
     * out[j][i] = row i of the matrix times column j.
     *
     * @param base address of the matrix
     * @param x [n][columns]
     * @param out [n][rows]
     */
    void multiply(FormatCalls format, long base, long rowBytes, int rows, int columns, float[] x, int n, float[] out) {
        this.format = format;
        this.base = base;
        this.rowBytes = rowBytes;
        this.rows = rows;
        this.columns = columns;
        this.whole = columns & -32;
        this.x = x;
        this.n = n;
        this.out = out;
        this.groups = Math.ceilDiv(n, PackedTiles.COLUMNS);
        if (packed.length < n * whole) {
            packed = new float[n * whole];
        }
        pool.run(groups, Math.max(1, PACK_WORK / (PackedTiles.COLUMNS * columns)), packing);
        int minimum = (int) Math.max(1, WORK / ((long) PANEL_ROWS * columns * n));
        pool.run(Math.ceilDiv(rows, PANEL_ROWS), minimum, this);
    }

    /** The first column of a group; groups differ by at most one column in size. */
    private int groupStart(int group) {
        return (int) ((long) n * group / groups);
    }

    /** packed: [group][STEPS][whole / 32][columns of the group][L]. */
    private void packGroups(int from, int to) {
        for (int group = from; group < to; group++) {
            int first = groupStart(group);
            int count = groupStart(group + 1) - first;
            int at = first * whole;
            for (int step = 0; step < STEPS; step++) {
                for (int k = step * L; k < whole; k += 32) {
                    for (int c = 0; c < count; c++) {
                        System.arraycopy(x, (first + c) * columns + k, packed, at, L);
                        at += L;
                    }
                }
            }
        }
    }

    /** Computes the panels from..to - 1. */
    @Override
    public void run(int from, int to, int worker) {
        Scratch scratch = scratches[worker];
        for (int panel = from; panel < to; panel++) {
            int first = panel * PANEL_ROWS;
            int count = Math.min(PANEL_ROWS, rows - first);
            // copied in one go: the processor reads ahead best in a plain copy, and not in rows that are decoded in
            // pieces
            long address = scratch.copy(base + first * rowBytes, count * rowBytes);
            int step = Math.ceilDiv(groups, Math.ceilDiv(n, MAX_COLUMNS));
            for (int group = 0; group < groups; group += step) {
                multiplyPanel(address, first, count, group, Math.min(groups, group + step), scratch);
            }
        }
    }

    /** Sums: [quad of rows][group][STEPS][columns of the group][4 rows][L]. */
    private void multiplyPanel(long rowsAt, int first, int count, int fromGroup, int toGroup, Scratch scratch) {
        int quads = Math.ceilDiv(count, PackedTiles.ROWS);
        int columnsNow = groupStart(toGroup) - groupStart(fromGroup);
        int quadSums = columnsNow * PackedTiles.ROWS * 32;
        float[] sums = scratch.sums(quads * quadSums + L * L);
        Arrays.fill(sums, 0, quads * quadSums, 0f);
        float[] panel = scratch.rows(PANEL_ROWS * CHUNK);
        for (int k = 0; k < whole; k += CHUNK) {
            int elements = Math.min(CHUNK, whole - k);
            for (int i = 0; i < count; i++) {
                int quad = i / PackedTiles.ROWS;
                int offset = quad * PackedTiles.ROWS * elements + i % PackedTiles.ROWS * L;
                long address = rowsAt + i * rowBytes + rowBytes * k / columns;
                format.pack(
                        address, elements, panel, offset, PackedTiles.ROWS * L, elements / 32 * PackedTiles.ROWS * L);
            }
            for (int group = fromGroup; group < toGroup; group++) {
                multiplyGroup(panel, elements, k, quads, quadSums, group, fromGroup, sums);
            }
        }
        finish(first, count, quadSums, fromGroup, toGroup, sums, scratch);
    }

    /** One group of columns with the decoded piece of all rows. */
    private void multiplyGroup(
            float[] panel, int elements, int k, int quads, int quadSums, int group, int fromGroup, float[] sums) {
        int start = groupStart(group);
        int count = groupStart(group + 1) - start;
        int steps = elements / 32;
        int sumsOffset = (start - groupStart(fromGroup)) * PackedTiles.ROWS * 32;
        for (int step = 0; step < STEPS; step++) {
            int xOffset = start * whole + count * (step * (whole / 32) + k / 32) * L;
            for (int quad = 0; quad < quads; quad++) {
                tiles.multiply(
                        count,
                        panel,
                        (quad * 32 + step * L) * PackedTiles.ROWS * steps,
                        packed,
                        xOffset,
                        steps,
                        sums,
                        quad * quadSums + sumsOffset + step * count * PackedTiles.ROWS * L);
            }
        }
    }

    /** Adds up the partial sums, and what exceeds a multiple of 32 elements. */
    private void finish(int first, int count, int quadSums, int fromGroup, int toGroup, float[] sums, Scratch scratch) {
        float[] results = scratch.partial;
        for (int quad = 0; quad * PackedTiles.ROWS < count; quad++) {
            int rowsNow = Math.min(PackedTiles.ROWS, count - quad * PackedTiles.ROWS);
            int offset = quad * quadSums;
            for (int group = fromGroup; group < toGroup; group++) {
                int start = groupStart(group);
                int columnsNow = groupStart(group + 1) - start;
                int results4 = columnsNow * PackedTiles.ROWS;
                reduction.add(sums, offset, L, results4 * L, results4, results);
                for (int c = 0; c < columnsNow; c++) {
                    int at = (start + c) * rows + first + quad * PackedTiles.ROWS;
                    for (int i = 0; i < rowsNow; i++) {
                        out[at + i] = results[c * PackedTiles.ROWS + i];
                    }
                }
                offset += results4 * 32;
            }
        }
        if (whole < columns) {
            addTails(first, count, groupStart(fromGroup), groupStart(toGroup), scratch);
        }
    }

    private void addTails(int first, int count, int fromColumn, int toColumn, Scratch scratch) {
        float[] tail = scratch.partial;
        int length = columns - whole;
        for (int i = first; i < first + count; i++) {
            format.decode(base + i * rowBytes + rowBytes * whole / columns, length, tail, 0);
            for (int c = fromColumn; c < toColumn; c++) {
                out[c * rows + i] += Tiles.tail(tail, 0, x, c * columns + whole, length);
            }
        }
    }
}
