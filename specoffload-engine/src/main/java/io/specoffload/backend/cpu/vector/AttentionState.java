package io.specoffload.backend.cpu.vector;

import io.specoffload.backend.KvBlockFormat;
import java.util.Arrays;

/**
 * One thread's state of the online softmax (Milakov and Gimelshein, arXiv 1805.02867) over many queries, and the scratch
 * memory around it; grows as needed and is kept. A query's part is its largest score, its sum of weights relative to
 * that, and the weighted sum of values, of the span of positions at hand and of all spans so far.
 */
final class AttentionState {

    private static final int POSITIONS = KvBlockFormat.POSITIONS;

    /** Rows that a tile may touch beyond the last query. */
    private static final int PADDING = 3;

    /** Queries of the job at hand. */
    int queries;

    /** One head's keys of a block, [headSize][POSITIONS]. */
    float[] keys = {};

    /** One head's values of a block, [POSITIONS][headSize]. */
    float[] values = {};

    final float[] scales = new float[POSITIONS];

    /** Scores, then weights, [queries][POSITIONS]. */
    float[] scores = {};

    /** Of the block at hand: which positions each query sees, from low (inclusive) to high (exclusive). */
    int[] low = {};

    int[] high = {};

    /** Of the span: [queries][stride]. */
    float[] spanSums = {};

    float[] spanMax = {};

    /** 0 for a query that has seen nothing of the span; else at least 1, since the largest score weighs 1. */
    float[] spanWeight = {};

    /** Of all spans so far. */
    float[] sums = {};

    float[] max = {};
    float[] weight = {};

    /** Elements of a row of sums: the head's size, rounded up to four vectors. */
    static int stride(int headSize) {
        return headSize + 4 * Lanes.L - 1 & -4 * Lanes.L;
    }

    void reserve(int count, int headSize) {
        int stride = stride(headSize);
        int padded = count + PADDING;
        if (keys.length < headSize * POSITIONS) {
            keys = new float[headSize * POSITIONS];
            values = new float[headSize * POSITIONS + 4 * Lanes.L];
        }
        if (scores.length < padded * POSITIONS) {
            scores = new float[padded * POSITIONS];
            low = new int[padded];
            high = new int[padded];
            spanMax = new float[padded];
            spanWeight = new float[padded];
            max = new float[padded];
            weight = new float[padded];
        }
        if (sums.length < padded * stride) {
            sums = new float[padded * stride];
            spanSums = new float[padded * stride];
        }
    }

    /** Starts a span for a job's queries. */
    void startSpan(int count, int stride) {
        queries = count;
        Arrays.fill(spanSums, 0, count * stride, 0f);
        Arrays.fill(spanMax, 0, count, Float.NEGATIVE_INFINITY);
        Arrays.fill(spanWeight, 0, count, 0f);
    }

    /** Starts over for the first queries. */
    void start(int count) {
        Arrays.fill(weight, 0, count, 0f);
    }

    /** Joins a query's part of another span, given as its largest score, its weight and its sums. */
    void join(int query, int stride, float otherMax, float otherWeight, float[] otherSums, int from) {
        if (otherWeight == 0) {
            return;
        }
        if (weight[query] == 0) {
            System.arraycopy(otherSums, from, sums, query * stride, stride);
            max[query] = otherMax;
            weight[query] = otherWeight;
            return;
        }
        float larger = Math.max(max[query], otherMax);
        float factor = Functions.exp(max[query] - larger);
        float otherFactor = Functions.exp(otherMax - larger);
        AttentionTiles.combine(sums, query * stride, factor, otherSums, from, otherFactor, stride);
        max[query] = larger;
        weight[query] = weight[query] * factor + otherWeight * otherFactor;
    }

    /** Adds a score that takes its share of the softmax and has no value; negative infinity for none. */
    void sink(int query, int stride, float score) {
        if (score == Float.NEGATIVE_INFINITY) {
            return;
        }
        float larger = Math.max(max[query], score);
        float factor = Functions.exp(max[query] - larger);
        for (int d = query * stride; d < (query + 1) * stride; d++) {
            sums[d] *= factor;
        }
        max[query] = larger;
        weight[query] = weight[query] * factor + Functions.exp(score - larger);
    }

    /** Writes a query's result: its sums, divided by its weight. */
    void finish(int query, int stride, int headSize, float[] out, int offset) {
        float factor = 1 / weight[query];
        for (int d = 0; d < headSize; d++) {
            out[offset + d] = sums[query * stride + d] * factor;
        }
    }
}
