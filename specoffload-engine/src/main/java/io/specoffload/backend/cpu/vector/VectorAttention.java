package io.specoffload.backend.cpu.vector;

import io.specoffload.backend.AttentionBatch;
import io.specoffload.backend.AttentionOptions;
import io.specoffload.backend.KvBlockFormat;
import io.specoffload.backend.cpu.KvCells;
import io.specoffload.backend.cpu.WorkerPool;
import io.specoffload.tensor.DType;
import java.util.List;

/**
 * Attention over paged keys and values with an online softmax. The work is cut into jobs: a run of rows of one sequence
 * under one key/value head, so that each block of keys and values is decoded once for all query heads that share it and
 * all rows of the run. A piece of work is a job over one span of the context, well below a millisecond; so also a single
 * long sequence keeps all threads busy.
 *
 * <p>A row's result is defined independently of that: the softmax runs over blocks of 64 positions in ascending order
 * within spans of {@link #SPAN} positions, and the spans are joined in ascending order. So neither the batch, nor how it
 * was cut, nor threads nor the vector width change a bit. Used by one caller at a time.
 */
final class VectorAttention {

    /** Positions of a span. */
    static final int SPAN = 512;

    private static final int POSITIONS = KvBlockFormat.POSITIONS;
    private static final int BLOCKS = SPAN / POSITIONS;

    /** Most queries of a job: their sums stay in the second-level cache. */
    private static final int MOST_QUERIES = 64;

    /** Multiply-adds that are worth a thread's while. */
    private static final long LEAST_WORK = 100_000;

    /** Floats of partial results; rows that would take more are computed after one another. */
    private static final long MOST_PARTIAL = 2_000_000;

    private final WorkerPool pool;
    private final Scratch[] scratches;
    private final AttentionState[] states;
    private final WorkerPool.RangeTask spanTask = this::runSpans;
    private final WorkerPool.RangeTask joinTask = this::runJoins;

    // the current call
    private AttentionBatch batch = new AttentionBatch(0, List.of(), new int[0], 0, 1, 1, 1, AttentionOptions.causal(1));
    private KvCells cells = new KvCells(new KvBlockFormat(DType.F32, 1, 1));
    private float[] queries = {};
    private float[] out = {};
    private int group;
    private int stride;

    /** First rows of the jobs, and one beyond the last. */
    private int[] firstRows = new int[65];

    private int jobs;
    private int firstRow;
    private int firstSpan;
    private int spans;

    // results by row, head and span
    private float[] partialSums = {};
    private float[] partialMax = {};
    private float[] partialWeight = {};

    VectorAttention(WorkerPool pool, Scratch[] scratches) {
        this.pool = pool;
        this.scratches = scratches;
        this.states = new AttentionState[scratches.length];
        for (int i = 0; i < states.length; i++) {
            states[i] = new AttentionState();
        }
    }

    /** See {@code CpuKernels.attention}. */
    void attend(AttentionBatch newBatch, KvCells newCells, float[] newQueries, float[] newOut) {
        batch = newBatch;
        cells = newCells;
        queries = newQueries;
        out = newOut;
        group = batch.heads() / batch.kvHeads();
        stride = AttentionState.stride(batch.headSize());
        spanRange();
        int step = Math.clamp(MOST_PARTIAL / ((long) batch.heads() * spans * stride), 1, batch.rows());
        for (int row = 0; row < batch.rows(); row += step) {
            attendRows(row, Math.min(batch.rows(), row + step));
        }
    }

    private void spanRange() {
        int lowest = Integer.MAX_VALUE;
        int highest = 0;
        for (int r = 0; r < batch.rows(); r++) {
            lowest = Math.min(lowest, start(r));
            highest = Math.max(highest, batch.positions()[r]);
        }
        firstSpan = lowest / SPAN;
        spans = highest / SPAN - firstSpan + 1;
    }

    private void attendRows(int from, int to) {
        firstRow = from;
        plan(from, to);
        long parts = (long) (to - from) * batch.heads() * spans;
        if (partialMax.length < parts) {
            partialMax = new float[(int) parts];
            partialWeight = new float[(int) parts];
        }
        if (partialSums.length < parts * stride) {
            partialSums = new float[(int) parts * stride];
        }
        int items = jobs * batch.kvHeads() * spans;
        long each = Math.max(1, (long) (to - from) * batch.heads() * SPAN * 2 * batch.headSize() / items);
        pool.run(items, (int) Math.max(1, LEAST_WORK / each), spanTask);
        int heads = (to - from) * batch.heads();
        pool.run(heads, (int) Math.max(1, LEAST_WORK / (4L * stride * spans)), joinTask);
    }

    /** Cuts rows into jobs: runs of ascending rows of one sequence. */
    private void plan(int from, int to) {
        if (firstRows.length < to - from + 1) {
            firstRows = new int[to - from + 1];
        }
        jobs = 0;
        for (int r = from; r < to; r++) {
            boolean joins = r > from
                    && batch.views().get(r).equals(batch.views().get(r - 1))
                    && batch.positions()[r] > batch.positions()[r - 1]
                    && (r + 1 - firstRows[jobs - 1]) * group <= MOST_QUERIES;
            if (!joins) {
                firstRows[jobs++] = r;
            }
        }
        firstRows[jobs] = to;
    }

    /** First position that a row sees. */
    private int start(int row) {
        return Math.max(0, batch.positions()[row] - batch.options().window() + 1);
    }

    private void runSpans(int from, int to, int worker) {
        for (int item = from; item < to; item++) {
            int job = item / spans / batch.kvHeads();
            span(job, item / spans % batch.kvHeads(), item % spans, worker);
        }
    }

    /** A job over one span, into the partial results. */
    private void span(int job, int kvHead, int span, int worker) {
        int first = firstRows[job];
        int last = firstRows[job + 1] - 1;
        int count = (last + 1 - first) * group;
        AttentionState state = states[worker];
        state.reserve(count, batch.headSize());
        attendSpan(first, last, kvHead, firstSpan + span, state, scratches[worker]);
        for (int q = 0; q < count; q++) {
            int head = (first - firstRow + q / group) * batch.heads() + kvHead * group + q % group;
            int part = head * spans + span;
            partialMax[part] = state.spanMax[q];
            partialWeight[part] = state.spanWeight[q];
            if (state.spanWeight[q] != 0) {
                System.arraycopy(state.spanSums, q * stride, partialSums, part * stride, stride);
            }
        }
    }

    private void runJoins(int from, int to, int worker) {
        AttentionState state = states[worker];
        state.reserve(1, batch.headSize());
        for (int head = from; head < to; head++) {
            state.start(1);
            for (int part = head * spans; part < (head + 1) * spans; part++) {
                state.join(0, stride, partialMax[part], partialWeight[part], partialSums, part * stride);
            }
            int offset = (firstRow * batch.heads() + head) * batch.headSize();
            state.sink(0, stride, batch.sink(head % batch.heads()));
            state.finish(0, stride, batch.headSize(), out, offset);
        }
    }

    /** Rows first to last of a job over the blocks of one span, in ascending order. */
    private void attendSpan(int first, int last, int kvHead, int span, AttentionState state, Scratch scratch) {
        state.startSpan((last + 1 - first) * group, stride);
        int from = Math.max(span * BLOCKS, start(first) / POSITIONS);
        int to = Math.min(span * BLOCKS + BLOCKS - 1, batch.positions()[last] / POSITIONS);
        int rowFrom = first;
        for (int block = from; block <= to; block++) {
            // positions and window starts ascend from row to row: those that see the block follow one another
            while (batch.positions()[rowFrom] < block * POSITIONS) {
                rowFrom++;
            }
            int rowTo = rowFrom;
            while (rowTo <= last && start(rowTo) < (block + 1) * POSITIONS) {
                visible(state, rowTo, (rowTo - first) * group, block * POSITIONS);
                rowTo++;
            }
            if (rowTo > rowFrom) {
                long address = cells.block(batch, rowFrom, block * POSITIONS);
                attendBlock(
                        address, kvHead, rowFrom, (rowFrom - first) * group, (rowTo - first) * group, state, scratch);
            }
        }
    }

    /** Notes which positions of a block a row's queries see. */
    private void visible(AttentionState state, int row, int query, int blockStart) {
        int low = Math.max(0, start(row) - blockStart);
        int high = Math.min(POSITIONS, batch.positions()[row] + 1 - blockStart);
        for (int q = query; q < query + group; q++) {
            state.low[q] = low;
            state.high[q] = high;
        }
    }

    /** Queries from to to - 1 of a job, of which the first belongs to {@code row}, over one block. */
    private void attendBlock(
            long address, int kvHead, int row, int from, int to, AttentionState state, Scratch scratch) {
        KvBlockFormat format = cells.format();
        int low = state.low[from];
        int high = state.high[to - 1];
        KvDecoder.keys(format, address + format.keys(kvHead), low, high, state.keys, state.scales);
        int rowQueries = (row * batch.heads() + kvHead * group) * batch.headSize();
        score(state, from, to, rowQueries);
        for (int q = from; q < to; q++) {
            AttentionSoftmax.step(state, q, stride, batch.options().softCap(), scratch);
        }
        KvDecoder.values(format, address + format.values(kvHead), low, high, state.values);
        for (int q = from; q < to; q += 4) {
            sum(state, q, Math.min(4, to - q));
        }
    }

    private void score(AttentionState state, int from, int to, int rowQueries) {
        int size = batch.headSize();
        float scale = batch.options().scale();
        for (int q = from; q < to; q += 4) {
            int end = Math.min(to, q + 4) - 1;
            int q0 = offset(rowQueries, q - from);
            if (end == q) {
                AttentionTiles.scores1(
                        queries, q0, state.keys, size, state.low[q], state.high[q], scale, state.scores, q * POSITIONS);
            } else {
                // the last of fewer than four is computed again, into rows that nobody reads
                int q1 = offset(rowQueries, Math.min(end, q + 1) - from);
                int q2 = offset(rowQueries, Math.min(end, q + 2) - from);
                int q3 = offset(rowQueries, end - from);
                AttentionTiles.scores4(
                        queries,
                        q0,
                        q1,
                        q2,
                        q3,
                        state.keys,
                        size,
                        state.low[q],
                        state.high[end],
                        scale,
                        state.scores,
                        q * POSITIONS);
            }
        }
    }

    /** Where the i-th query from a row's first one on lies. */
    private int offset(int rowQueries, int i) {
        return rowQueries + (i / group * batch.heads() + i % group) * batch.headSize();
    }

    /**
     * Adds the weighted values of a block to one to four queries' sums: what all of them see in one go. A tile of fewer
     * than four may spill over the job's end, where nobody reads, but not over other queries.
     */
    private void sum(AttentionState state, int q, int count) {
        int size = batch.headSize();
        int end = q + count - 1;
        // window starts and positions ascend
        int low = state.low[end];
        int high = state.high[q];
        if (count == 1 || low >= high || (count < 4 && end + 1 < state.queries)) {
            for (int i = q; i <= end; i++) {
                sum1(state, i, state.low[i], state.high[i]);
            }
            return;
        }
        for (int i = q; i < end; i++) {
            sum1(state, i, state.low[i], low);
        }
        AttentionTiles.sums4(
                state.scores, q * POSITIONS, low, high, state.values, size, state.spanSums, q * stride, stride);
        for (int i = q + 1; i <= end; i++) {
            sum1(state, i, high, state.high[i]);
        }
    }

    private void sum1(AttentionState state, int q, int from, int to) {
        if (from < to) {
            AttentionTiles.sums1(
                    state.scores, q * POSITIONS, from, to, state.values, batch.headSize(), state.spanSums, q * stride);
        }
    }
}
