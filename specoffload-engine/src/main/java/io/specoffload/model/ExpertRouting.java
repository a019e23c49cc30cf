package io.specoffload.model;

import io.specoffload.backend.Buffer;
import java.util.Arrays;

/** Which experts the rows of a pass go to, and with which factor: the batch of one layer grouped by expert. */
final class ExpertRouting {

    /** Keeps the sum of chosen probabilities away from zero. */
    private static final double MIN_SUM = 6.103515625e-5;

    private float[] scores = new float[0];
    private int[] experts = new int[0];
    private int[][] rows = new int[0][];
    private float[][] factors = new float[0][];

    /**
     * Chooses the {@code used} experts of each row that score highest (of equal ones the first) and groups rows by
     * expert.
     *
     * @param source router scores [n][count]
     */
    void choose(Buffer source, int n, int count, int used) {
        if (scores.length < n * count) {
            scores = new float[n * count];
        }
        source.download(0, scores, 0, n * count);
        int[][] chosen = new int[n][];
        int[] sizes = new int[count];
        for (int row = 0; row < n; row++) {
            chosen[row] = best(row * count, count, used);
            for (int expert : chosen[row]) {
                sizes[expert]++;
            }
        }
        group(chosen, sizes);
    }

    /** Experts that at least one row goes to, ascending. */
    int[] experts() {
        return experts;
    }

    /** Rows that go to the i-th of {@link #experts}, ascending. */
    int[] rows(int i) {
        return rows[i];
    }

    /** Factors of these rows' results. */
    float[] factors(int i) {
        return factors[i];
    }

    private int[] best(int offset, int count, int used) {
        int[] best = new int[used];
        int filled = 0;
        for (int expert = 0; expert < count; expert++) {
            int at = filled;
            while (at > 0 && scores[offset + expert] > scores[offset + best[at - 1]]) {
                at--;
            }
            if (at < used) {
                int end = Math.min(filled, used - 1);
                System.arraycopy(best, at, best, at + 1, end - at);
                best[at] = expert;
                filled = end + 1;
            }
        }
        return best;
    }

    private void group(int[][] chosen, int[] sizes) {
        int[] slots = new int[sizes.length];
        int distinct = (int) Arrays.stream(sizes).filter(size -> size > 0).count();
        experts = new int[distinct];
        rows = new int[distinct][];
        factors = new float[distinct][];
        int slot = 0;
        for (int expert = 0; expert < sizes.length; expert++) {
            if (sizes[expert] > 0) {
                experts[slot] = expert;
                rows[slot] = new int[sizes[expert]];
                factors[slot] = new float[sizes[expert]];
                slots[expert] = slot++;
            }
        }
        int[] filled = new int[distinct];
        for (int row = 0; row < chosen.length; row++) {
            double[] shares = shares(row * sizes.length, sizes.length, chosen[row]);
            for (int i = 0; i < shares.length; i++) {
                int group = slots[chosen[row][i]];
                rows[group][filled[group]] = row;
                factors[group][filled[group]++] = (float) shares[i];
            }
        }
    }

    /** The softmax over all experts, restricted to the chosen ones and scaled to sum up to one. */
    private double[] shares(int offset, int count, int[] chosen) {
        double max = scores[offset + chosen[0]];
        double total = 0;
        for (int expert = 0; expert < count; expert++) {
            total += Math.exp(scores[offset + expert] - max);
        }
        double[] shares = new double[chosen.length];
        double sum = 0;
        for (int i = 0; i < chosen.length; i++) {
            shares[i] = Math.exp(scores[offset + chosen[i]] - max) / total;
            sum += shares[i];
        }
        for (int i = 0; i < chosen.length; i++) {
            shares[i] /= Math.max(sum, MIN_SUM);
        }
        return shares;
    }
}
