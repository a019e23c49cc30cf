package io.specoffload.model;

import io.specoffload.backend.Buffer;
import java.util.Arrays;

/** Which experts the rows of a pass go to, and with which factor: the batch of one layer grouped by expert. */
final class ExpertRouting {

    /** Keeps the sum of chosen probabilities away from zero. */
    private static final double MIN_SUM = 6.103515625e-5;

    private float[] scores = {};

    /** The chosen experts and their shares, [n][used]. */
    private int[] chosen = {};

    private double[] shares = {};

    /** Per expert, the number of its rows; then where its rows end. */
    private int[] ends = {};

    /** Rows and factors, grouped by expert. */
    private int[] groupedRows = {};

    private float[] groupedFactors = {};

    /** Arrays by their length: those that are handed out have no more entries than count. */
    private int[][] expertsByLength = {};

    private int[][] rowsByLength = {};
    private float[][] factorsByLength = {};
    private int distinct;

    /**
     * Chooses the {@code used} experts of each row that score highest (of equal ones the first) and groups rows by
     * expert. Memory is kept from call to call.
     *
     * @param source router scores [n][count]
     */
    void choose(Buffer source, int n, int count, int used) {
        reserve(n, count, used);
        source.download(0, scores, 0, n * count);
        Arrays.fill(ends, 0, count, 0);
        for (int row = 0; row < n; row++) {
            best(row * count, count, row * used, used);
            share(row * count, count, row * used, used);
            for (int i = row * used; i < (row + 1) * used; i++) {
                ends[chosen[i]]++;
            }
        }
        group(n, count, used);
    }

    private void reserve(int n, int count, int used) {
        if (scores.length < n * count) {
            scores = new float[n * count];
        }
        if (chosen.length < n * used) {
            chosen = new int[n * used];
            shares = new double[n * used];
            groupedRows = new int[n * used];
            groupedFactors = new float[n * used];
        }
        if (ends.length < count) {
            ends = new int[count];
            expertsByLength = new int[count + 1][];
        }
        if (rowsByLength.length <= n) {
            rowsByLength = Arrays.copyOf(rowsByLength, n + 1);
            factorsByLength = Arrays.copyOf(factorsByLength, n + 1);
        }
    }

    /** Experts that at least one row goes to, ascending. Valid until the next choice. */
    int[] experts() {
        return array(expertsByLength, distinct);
    }

    /** Rows that go to the i-th of {@link #experts}, ascending. Valid until the next call. */
    int[] rows(int i) {
        int from = start(i);
        int[] rows = array(rowsByLength, end(i) - from);
        System.arraycopy(groupedRows, from, rows, 0, rows.length);
        return rows;
    }

    /** Factors of these rows' results. Valid until the next call. */
    float[] factors(int i) {
        int from = start(i);
        int length = end(i) - from;
        float[] factors = factorsByLength[length];
        if (factors == null) {
            factors = new float[length];
            factorsByLength[length] = factors;
        }
        System.arraycopy(groupedFactors, from, factors, 0, length);
        return factors;
    }

    private int start(int i) {
        return i == 0 ? 0 : end(i - 1);
    }

    private int end(int i) {
        return ends[experts()[i]];
    }

    private static int[] array(int[][] byLength, int length) {
        int[] array = byLength[length];
        if (array == null) {
            array = new int[length];
            byLength[length] = array;
        }
        return array;
    }

    /** Writes a row's best experts, best first, to {@link #chosen} at {@code out}. */
    private void best(int offset, int count, int out, int used) {
        int filled = 0;
        for (int expert = 0; expert < count; expert++) {
            int at = filled;
            while (at > 0 && scores[offset + expert] > scores[offset + chosen[out + at - 1]]) {
                at--;
            }
            if (at < used) {
                int end = Math.min(filled, used - 1);
                System.arraycopy(chosen, out + at, chosen, out + at + 1, end - at);
                chosen[out + at] = expert;
                filled = end + 1;
            }
        }
    }

    /** The softmax over all experts, restricted to the chosen ones and scaled to sum up to one. */
    private void share(int offset, int count, int out, int used) {
        double max = scores[offset + chosen[out]];
        double total = 0;
        for (int expert = 0; expert < count; expert++) {
            total += Math.exp(scores[offset + expert] - max);
        }
        double sum = 0;
        for (int i = out; i < out + used; i++) {
            shares[i] = Math.exp(scores[offset + chosen[i]] - max) / total;
            sum += shares[i];
        }
        for (int i = out; i < out + used; i++) {
            shares[i] /= Math.max(sum, MIN_SUM);
        }
    }

    /** Sorts rows by expert; within one they stay in order. */
    private void group(int n, int count, int used) {
        distinct = 0;
        for (int expert = 0; expert < count; expert++) {
            distinct += ends[expert] > 0 ? 1 : 0;
        }
        int[] experts = experts();
        int next = 0;
        int start = 0;
        for (int expert = 0; expert < count; expert++) {
            int size = ends[expert];
            if (size > 0) {
                experts[next++] = expert;
            }
            ends[expert] = start;
            start += size;
        }
        // from its start, each expert's end moves up as its rows are placed
        for (int row = 0; row < n; row++) {
            for (int i = row * used; i < (row + 1) * used; i++) {
                int at = ends[chosen[i]]++;
                groupedRows[at] = row;
                groupedFactors[at] = (float) shares[i];
            }
        }
    }
}
