package io.specoffload.backend.cpu.x86;

import io.specoffload.backend.cpu.ColumnGroups;
import io.specoffload.backend.cpu.WorkerPool;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A weight matrix times columns of activations, by functions in machine code.
 *
 * <p>Rows are taken in strips that fit into the second-level cache: while one is multiplied, the next one is fetched. Columns are taken in groups whose
 * sums fit into registers, and rows in pieces whose activations fit into the first-level cache. Few columns are multiplied with weights that are decoded
 * in registers; for many, a strip is decoded to floats first.
 *
 * <p>Not thread-safe: one product at a time. Takes no memory once it has grown.
 */
final class MachineProduct implements WorkerPool.RangeTask {

    /** Multiply-adds that are worth a thread's while. */
    private static final long WORK = 131_072;

    /** Bytes that are worth a thread's while to go for, if there are enough for all. */
    private static final long CHUNK_BYTES = 512 << 10;

    /** Most bytes of a strip's rows as they are. */
    private static final long STRIP_BYTES = 192 << 10;

    /** Strips of the rows that a thread goes for: while the first one is multiplied, nothing was fetched for it. */
    private static final int STRIPS = 4;

    /** Least bytes of a strip. */
    private static final long LEAST_STRIP_BYTES = 48 << 10;

    /** Bytes that are fetched ahead of a tile where rows are multiplied whole, in the order in which they lie. */
    private static final long AHEAD = 24 << 10;

    /** Share of the first-level cache that activations may take, beside rows and sums, in percent. */
    private static final int ACTIVATIONS_SHARE = 60;

    /** Share of the second-level cache that a strip's rows may take as floats, in percent. */
    private static final int PANEL_SHARE = 60;

    /** Bytes of activations that are multiplied with one strip after the other. */
    private static final long BLOCK_BYTES = 4 << 20;

    private static final int MOST_BLOCK_COLUMNS = 512;

    private final WorkerPool pool;
    private final Worker[] workers;
    private final FormatFunctions floats;
    private final Processor.Caches caches;
    private final NativeFloats packed = new NativeFloats();
    private final WorkerPool.RangeTask packing = (from, to, worker) -> pack(from, to);

    private FormatFunctions format;
    private FormatFunctions multiplied;
    private long base;
    private long rowBytes;
    private int rows;
    private int columns;
    private float[] x = new float[0];
    private int firstColumn;
    private int n;
    private float[] out = x;
    private final ColumnGroups blocks = new ColumnGroups();
    private final ColumnGroups groups = new ColumnGroups();
    private int pieces;

    /** One thread's memory. */
    private static final class Worker {

        final Arguments arguments = new Arguments();
        final NativeFloats results = new NativeFloats();
        final NativeFloats sums = new NativeFloats();
        final NativeFloats panel = new NativeFloats();

        /** What to fetch next. */
        long next;

        long bytes() {
            return results.bytes() + sums.bytes() + panel.bytes();
        }
    }

    /**
     * Products.
     *
     * @param floats functions of floats as they are
     * @param caches that strips and pieces are to fit into
     */
    MachineProduct(WorkerPool pool, FormatFunctions floats, Processor.Caches caches) {
        this.pool = pool;
        this.floats = floats;
        this.format = floats;
        this.multiplied = floats;
        this.caches = caches;
        workers = new Worker[pool.threads()];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker();
        }
    }

    /**
     * out[j][i] = row i of the matrix times column j.
     *
     * @param format whose steps divide the rows
     * @param base address of the matrix
     * @param x [n][columns]
     * @param out [n][rows]
     */
    void multiply(
            FormatFunctions format, long base, long rowBytes, int rows, int columns, float[] x, int n, float[] out) {
        this.format = format;
        this.base = base;
        this.rowBytes = rowBytes;
        this.rows = rows;
        this.columns = columns;
        this.x = x;
        this.out = out;
        multiplied = n < format.weights().layout().panelColumns() ? format : floats;
        blocks.divide(n, Math.clamp(BLOCK_BYTES / (4L * columns), 1, MOST_BLOCK_COLUMNS));
        for (int block = 0; block < blocks.count(); block++) {
            firstColumn = blocks.start(block);
            multiplyColumns(blocks.size(block));
        }
    }

    private void multiplyColumns(int count) {
        n = count;
        groups.divide(n, DotKernel.MOST_COLUMNS);
        int widest = groups.widest();
        int steps = columns / multiplied.weights().layout().stepWeights();
        pieces = Math.clamp(Math.ceilDiv(4L * columns * widest, caches.first() * ACTIVATIONS_SHARE / 100), 1, steps);
        packed.ensure((long) n * columns);
        pool.run(groups.count(), (int) Math.max(1, WORK / (8L * widest * columns)), packing);
        prepareFunctions();
        long least = Math.min(CHUNK_BYTES / rowBytes, rows / (2L * pool.threads()));
        pool.run(rows, (int) Math.max(least, Math.max(1, WORK / ((long) columns * n))), this);
    }

    /** Writes what is still to be written, since threads only call. */
    private void prepareFunctions() {
        if (multiplied != format) {
            format.decoder();
        }
        for (int group = 0; group < groups.count(); group++) {
            int count = groups.size(group);
            for (int piece = 0; piece < pieces; piece++) {
                product(multiplied.tileRows(count), group, piece);
                product(1, group, piece);
            }
        }
    }

    private MachineFunction product(int tile, int group, int piece) {
        return multiplied.product(tile, groups.size(group), piece > 0, piece == pieces - 1, group == 0);
    }

    /** Packed: [group][columns / 32][columns of the group][32]. */
    private void pack(int from, int to) {
        MemorySegment target = packed.memory();
        for (int group = from; group < to; group++) {
            int first = groups.start(group);
            int count = groups.size(group);
            long at = 4L * first * columns;
            if (count == 1) {
                MemorySegment.copy(x, (firstColumn + first) * columns, target, ValueLayout.JAVA_FLOAT, at, columns);
                continue;
            }
            for (int k = 0; k < columns; k += 32) {
                for (int c = 0; c < count; c++) {
                    int source = (firstColumn + first + c) * columns + k;
                    MemorySegment.copy(x, source, target, ValueLayout.JAVA_FLOAT, at, 32);
                    at += 128;
                }
            }
        }
    }

    @Override
    public void run(int from, int to, int index) {
        Worker worker = workers[index];
        boolean panels = multiplied != format;
        long bytes = panels ? 4L * columns : rowBytes;
        int tile = multiplied.tileRows(groups.widest());
        boolean inOrder = !panels && groups.count() == 1 && pieces == 1;
        int strip = inOrder ? to - from : (int) Math.max(1, stripBytes(to - from) / bytes / tile) * tile;
        for (int row = from; row < to; row += strip) {
            int count = Math.min(strip, to - row);
            long address = base + row * rowBytes;
            worker.next = address + (inOrder ? AHEAD + tile * rowBytes : count * rowBytes);
            multiplyStrip(panels ? decode(address, count, worker) : address, bytes, row, count, worker);
        }
    }

    /** Bytes of strips of so many rows. */
    private long stripBytes(int count) {
        if (multiplied != format) {
            return caches.second() * PANEL_SHARE / 100;
        }
        long most = Math.min(STRIP_BYTES, caches.second() / 4);
        return Math.max(Math.min(LEAST_STRIP_BYTES, most), Math.min(most, count * rowBytes / STRIPS));
    }

    /** A strip as floats; returns their address. */
    private long decode(long address, int count, Worker worker) {
        worker.panel.ensure((long) count * columns);
        Arguments arguments = worker.arguments;
        arguments.set(Arguments.ROWS, address);
        arguments.set(Arguments.RESULTS, worker.panel.address());
        arguments.set(
                Arguments.STEPS,
                (long) count * columns / format.weights().layout().stepWeights());
        arguments.set(Arguments.CONSTANTS, format.constants());
        format.decoder().call(arguments.address());
        return worker.panel.address();
    }

    private void multiplyStrip(long address, long bytes, int row, int count, Worker worker) {
        for (int group = 0; group < groups.count(); group++) {
            int tile = multiplied.tileRows(groups.size(group));
            int whole = count / tile;
            if (whole > 0) {
                multiplyTiles(address, bytes, row, tile, whole, group, worker);
            }
            int rest = count - whole * tile;
            if (rest > 0) {
                multiplyTiles(address + whole * tile * bytes, bytes, row + whole * tile, 1, rest, group, worker);
            }
        }
    }

    /** Rows of a strip times a group of columns, piece after piece. */
    private void multiplyTiles(long address, long bytes, int row, int tile, int tiles, int group, Worker worker) {
        int count = groups.size(group);
        // the last tile of three rows writes a fourth result
        long resultBytes = (long) Float.BYTES * (tile * tiles + 1);
        worker.results.ensure((resultBytes / Float.BYTES) * count);
        if (pieces > 1) {
            worker.sums.ensure((long) tiles * DotKernel.sumBytes(tile, count) / Float.BYTES);
        }
        WeightCode weights = multiplied.weights();
        int steps = columns / weights.layout().stepWeights();
        long activations = packed.address() + 4L * groups.start(group) * columns;
        Arguments arguments = worker.arguments;
        arguments.set(Arguments.ROW_BYTES, bytes);
        arguments.set(Arguments.RESULTS, worker.results.address());
        arguments.set(Arguments.RESULT_BYTES, resultBytes);
        arguments.set(Arguments.SUMS, worker.sums.address());
        arguments.set(Arguments.CONSTANTS, multiplied.constants());
        for (int piece = 0; piece < pieces; piece++) {
            int start = (int) ((long) steps * piece / pieces);
            int length = (int) ((long) steps * (piece + 1) / pieces) - start;
            arguments.set(
                    Arguments.ROWS, address + (long) start * weights.layout().stepBytes());
            arguments.set(Arguments.TILES, tiles);
            arguments.set(
                    Arguments.ACTIVATIONS,
                    activations + 4L * start * weights.layout().stepWeights() * count);
            arguments.set(Arguments.STEPS, length);
            arguments.set(Arguments.NEXT, worker.next);
            product(tile, group, piece).call(arguments.address());
            worker.next += (long) tiles * length * weights.fetchedBytes(tile);
        }
        takeResults(worker.results.memory(), row, tile * tiles, resultBytes, group);
    }

    /** Results lie as [columns of the group][rows]. */
    private void takeResults(MemorySegment results, int row, int count, long resultBytes, int group) {
        for (int c = 0; c < groups.size(group); c++) {
            int at = (firstColumn + groups.start(group) + c) * rows + row;
            MemorySegment.copy(results, ValueLayout.JAVA_FLOAT, c * resultBytes, out, at, count);
        }
    }

    /** Bytes of native memory. Any thread may ask. */
    long nativeBytes() {
        return packed.bytes() + Arrays.stream(workers).mapToLong(Worker::bytes).sum();
    }
}
