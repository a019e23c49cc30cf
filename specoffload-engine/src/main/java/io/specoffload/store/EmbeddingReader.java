package io.specoffload.store;

import io.specoffload.format.TensorIndex;
import io.specoffload.io.AlignedBuffer;
import io.specoffload.telemetry.StallCause;
import io.specoffload.telemetry.StreamCounters;
import io.specoffload.tensor.Shape;
import io.specoffload.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the rows of a table that a batch needs, and no others. Rows are small and lie anywhere: they arrive in whole
 * blocks and are put together. Used by one thread at a time.
 */
public final class EmbeddingReader implements AutoCloseable {

    /** Rows read at once. */
    private static final int WINDOW = 32;

    private final TensorIndex.Entry table;
    private final ReadQueue reads;
    private final StreamCounters counters;
    private final int alignment;
    private final long rowBytes;
    private final long padded;
    private final int maxRows;
    private final AlignedBuffer blocks;
    private final AlignedBuffer rows;

    /**
     * @param table [width, vocabulary]
     * @param maxRows distinct rows of a batch
     * @param alignment of reads
     */
    public EmbeddingReader(
            TensorIndex.Entry table, int maxRows, int alignment, ReadQueue reads, StreamCounters counters) {
        this.table = table;
        this.reads = reads;
        this.counters = counters;
        this.alignment = alignment;
        this.maxRows = maxRows;
        this.rowBytes = table.type().bytesFor(table.shape().extent(0));
        this.padded = StreamUnit.paddedBytes(rowBytes, alignment);
        this.blocks = AlignedBuffer.allocate(WINDOW * padded);
        this.rows = AlignedBuffer.allocate(maxRows * rowBytes);
    }

    /** Memory that a reader takes. */
    public static long memoryBytes(long rowBytes, int maxRows, int alignment) {
        return WINDOW * StreamUnit.paddedBytes(rowBytes, alignment) + maxRows * rowBytes;
    }

    /**
     * Reads rows of the table.
     *
     * @param wanted row numbers, each once, at most as many as the reader was made for
     * @return [width, wanted.length], in that order; valid until the next call
     * @throws WeightReadException if they cannot be read
     */
    public Tensor read(int[] wanted) {
        if (wanted.length > maxRows) {
            throw new IllegalArgumentException(wanted.length + " rows, at most " + maxRows);
        }
        counters.stallBegins();
        long start = System.nanoTime();
        try {
            for (int from = 0; from < wanted.length; from += WINDOW) {
                readWindow(wanted, from, Math.min(wanted.length, from + WINDOW));
            }
        } finally {
            counters.stalled(StallCause.EMBEDDING_ROWS, System.nanoTime() - start);
        }
        Shape shape = new Shape(table.shape().extent(0), wanted.length);
        return new Tensor(table.name(), table.type(), shape, rows.segment().asSlice(0, wanted.length * rowBytes));
    }

    private void readWindow(int[] wanted, int from, int to) {
        List<StreamUnit.Range> ranges = new ArrayList<>();
        for (int i = from; i < to; i++) {
            long position = position(wanted[i]);
            long start = position & -alignment;
            long required = position + rowBytes - start;
            long length = (required + alignment - 1) & -alignment;
            ranges.add(new StreamUnit.Range(table.part(), start, length, required, rowBytes, (i - from) * padded));
        }
        Transfer transfer = new Transfer(ranges, blocks.segment(), padded, () -> {});
        reads.submit(transfer, true);
        transfer.await("rows of " + table.name());
        for (int i = from; i < to; i++) {
            long within = position(wanted[i]) % alignment;
            MemorySegment.copy(blocks.segment(), (i - from) * padded + within, rows.segment(), i * rowBytes, rowBytes);
        }
    }

    private long position(int row) {
        return table.offset() + row * rowBytes;
    }

    /** Frees the memory; the read queue must be closed or idle. */
    @Override
    public void close() {
        blocks.close();
        rows.close();
    }
}
