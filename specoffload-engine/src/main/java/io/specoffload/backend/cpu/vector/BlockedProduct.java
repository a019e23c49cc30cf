package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.L;
import static io.specoffload.backend.cpu.vector.Lanes.STEPS;

import io.specoffload.backend.cpu.ColumnGroups;
import io.specoffload.backend.cpu.WorkerPool;

/**
 * A weight matrix times many columns of activations. Weight rows are copied to the cache, decoded to floats a piece of a few rows at a time, and multiplied with all columns tile by tile; activations are packed once for all of it. The sums' order is that of {@link Tiles}.
 * Not thread-safe: one product at a time. Takes no memory once its scratch has grown.
 */
final class BlockedProduct implements WorkerPool.RangeTask {

    /** Elements of each row that are decoded at once. */
    private static final int CHUNK = 2048;

    /** Columns that are multiplied at once: panels pass over them again and again. */
    private static final int MAX_COLUMNS = 512;

    /** The same for rows of several pieces, whose sums are kept in between and activations are longer. */
    private static final int MAX_LONG_COLUMNS = 128;

    /** Rows of a panel. */
    private static final int PANEL_ROWS = 16;

    /**
     * Rows of a panel for so many columns that reading them takes longer than reading the panel. Processors with narrower vectors have
     * smaller second-level caches too: there such a panel costs 10 to 25%.
     */
    private static final int TALL_ROWS = 64;

    private static final int TALL_COLUMNS = 64;

    /** Sums of a panel and a group of columns. */
    private static final int SUMS = TALL_ROWS * PackedTiles.COLUMNS * 32;

    private static final float[] ZEROS = new float[PackedTiles.COLUMNS * PackedTiles.ROWS * L];

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
    private int firstColumn;
    private int n;
    private float[] out = x;
    private final AlignedFloats packed = new AlignedFloats();
    private final ColumnGroups blocks = new ColumnGroups();
    private final ColumnGroups groups = new ColumnGroups();

    private int panelRows = PANEL_ROWS;

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
        this.out = out;
        blocks.divide(n, whole > CHUNK ? MAX_LONG_COLUMNS : MAX_COLUMNS);
        for (int block = 0; block < blocks.count(); block++) {
            firstColumn = blocks.start(block);
            multiplyColumns(blocks.size(block));
        }
    }

    private void multiplyColumns(int count) {
        n = count;
        groups.divide(n, PackedTiles.COLUMNS);
        packed.ensure(n * whole);
        pool.run(groups.count(), Math.max(1, PACK_WORK / (PackedTiles.COLUMNS * columns)), packing);
        boolean tall = L == 16 && n > TALL_COLUMNS && rows >= 2 * pool.threads() * TALL_ROWS;
        panelRows = tall ? TALL_ROWS : PANEL_ROWS;
        int minimum = (int) Math.max(1, WORK / ((long) panelRows * columns * n));
        pool.run(Math.ceilDiv(rows, panelRows), minimum, this);
    }

    /** packed, from its offset: [group][STEPS][whole / 32][columns of the group][L]. */
    private void packGroups(int from, int to) {
        float[] target = packed.array();
        for (int group = from; group < to; group++) {
            int first = groups.start(group);
            int count = groups.size(group);
            int at = packed.offset() + first * whole;
            for (int step = 0; step < STEPS; step++) {
                for (int k = step * L; k < whole; k += 32) {
                    for (int c = 0; c < count; c++) {
                        System.arraycopy(x, (firstColumn + first + c) * columns + k, target, at, L);
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
        scratch.panel.ensure(panelRows * CHUNK);
        scratch.panelSums.ensure(groups.count() * groupSums(panelRows / PackedTiles.ROWS) + SUMS);
        for (int panel = from; panel < to; panel++) {
            int first = panel * panelRows;
            int count = Math.min(panelRows, rows - first);
            // copied in one go: the processor reads ahead best in a plain copy, and not in rows that are decoded in
            // pieces
            long address = scratch.copy(base + first * rowBytes, count * rowBytes);
            multiplyPanel(address, first, count, scratch);
        }
    }

    /**
     * Sums: [group][STEPS][quad of rows][columns of the group][4 rows][L]. Rows of one piece need those of one group only: they are
     * added up while they are in the first-level cache.
     */
    private void multiplyPanel(long rowsAt, int first, int count, Scratch scratch) {
        int quads = Math.ceilDiv(count, PackedTiles.ROWS);
        int groupSums = groupSums(quads);
        AlignedFloats sums = scratch.panelSums;
        AlignedFloats panel = scratch.panel;
        int k = 0;
        do {
            int elements = Math.min(CHUNK, whole - k);
            decode(rowsAt, count, k, elements, panel);
            for (int group = 0; group < groups.count(); group++) {
                int sumsOffset = sums.offset() + group * groupSums;
                multiplyGroup(panel, elements, k, quads, group, sums.array(), sumsOffset);
                if (k + elements == whole) {
                    addUp(first, count, group, sums.array(), sumsOffset, scratch.partial);
                }
            }
            k += elements;
        } while (k < whole);
        if (whole < columns) {
            for (int row = first; row < first + count; row++) {
                format.addTail(
                        base + row * rowBytes,
                        rowBytes,
                        columns,
                        x,
                        firstColumn,
                        firstColumn + n,
                        out,
                        row,
                        rows,
                        scratch.partial);
            }
        }
    }

    /** Sums that are kept of a group of columns while the next piece of the rows is decoded. */
    private int groupSums(int quads) {
        return whole > CHUNK ? quads * PackedTiles.COLUMNS * PackedTiles.ROWS * 32 : 0;
    }

    /** Panel: [quad of rows][STEPS][elements / 32][4 rows][L]. */
    private void decode(long rowsAt, int count, int k, int elements, AlignedFloats panel) {
        for (int i = 0; i < count; i++) {
            int quad = i / PackedTiles.ROWS;
            int offset = panel.offset() + quad * PackedTiles.ROWS * elements + i % PackedTiles.ROWS * L;
            long address = rowsAt + i * rowBytes + rowBytes * k / columns;
            format.pack(
                    address,
                    elements,
                    panel.array(),
                    offset,
                    PackedTiles.ROWS * L,
                    elements / 32 * PackedTiles.ROWS * L);
        }
    }

    /** One group of columns with the decoded piece of all rows. */
    private void multiplyGroup(
            AlignedFloats panel, int elements, int k, int quads, int group, float[] sums, int sumsOffset) {
        int start = groups.start(group);
        int count = groups.size(group);
        int steps = elements / 32;
        int tileSums = count * PackedTiles.ROWS * L;
        for (int step = 0; step < STEPS; step++) {
            int xOffset = packed.offset() + start * whole + count * (step * (whole / 32) + k / 32) * L;
            for (int quad = 0; quad < quads; quad++) {
                int at = sumsOffset + (step * quads + quad) * tileSums;
                tiles.multiply(
                        count,
                        panel.array(),
                        panel.offset() + (quad * 32 + step * L) * PackedTiles.ROWS * steps,
                        packed.array(),
                        xOffset,
                        steps,
                        k == 0 ? ZEROS : sums,
                        k == 0 ? 0 : at,
                        sums,
                        at);
            }
        }
    }

    /** Adds up the partial sums of a group of columns: [STEPS][quad of rows][columns of the group][4 rows][L]. */
    private void addUp(int first, int count, int group, float[] sums, int sumsOffset, float[] results) {
        int start = groups.start(group);
        int columnsNow = groups.size(group);
        int all = Math.ceilDiv(count, PackedTiles.ROWS) * columnsNow * PackedTiles.ROWS;
        reduction.add(sums, sumsOffset, L, all * L, all, results);
        int from = 0;
        for (int row = 0; row < count; row += PackedTiles.ROWS) {
            int rowsNow = Math.min(PackedTiles.ROWS, count - row);
            for (int c = 0; c < columnsNow; c++) {
                int at = (firstColumn + start + c) * rows + first + row;
                for (int i = 0; i < rowsNow; i++) {
                    out[at + i] = results[from + i];
                }
                from += PackedTiles.ROWS;
            }
        }
    }
}
