package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;
import static io.specoffload.backend.cpu.vector.Lanes.L;

import io.specoffload.backend.KvBlockFormat;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** One block's step of the online softmax. */
final class AttentionSoftmax {

    private static final int POSITIONS = KvBlockFormat.POSITIONS;

    private AttentionSoftmax() {}

    /** Turns a query's (scaled) scores of a block into weights and takes them into its part of the span. */
    static void step(AttentionState state, int query, int stride, float softCap, Scratch scratch) {
        float[] scores = state.scores;
        int row = query * POSITIONS;
        int low = state.low[query];
        int high = state.high[query];
        int first = low & -L;
        int last = high + L - 1 & -L;
        if (softCap != 0) {
            Functions.softCap(scores, softCap, row + first, row + last, scratch);
        }
        boolean whole = high - low == POSITIONS;
        if (!whole) {
            Arrays.fill(scores, row + first, row + low, Float.NEGATIVE_INFINITY);
            Arrays.fill(scores, row + high, row + last, Float.NEGATIVE_INFINITY);
        }
        float before = state.spanMax[query];
        float max = Math.max(before, max(scores, row + first, row + last));
        Functions.exp(scores, row + first, row + last, max);
        if (!whole) {
            Arrays.fill(scores, row, row + low, 0f);
            Arrays.fill(scores, row + high, row + POSITIONS, 0f);
        }
        float total = Lanes.sum64(scores, row);
        float kept = state.spanWeight[query];
        if (kept != 0 && max != before) {
            float factor = Functions.exp(before - max);
            AttentionTiles.scale(state.spanSums, query * stride, stride, factor);
            kept *= factor;
        }
        state.spanWeight[query] = kept + total;
        state.spanMax[query] = max;
    }

    /** The order of comparisons does not matter to a maximum, so the reduction is exact. */
    private static float max(float[] x, int from, int to) {
        FloatVector max = FloatVector.fromArray(F, x, from);
        for (int i = from + L; i < to; i += L) {
            max = max.max(FloatVector.fromArray(F, x, i));
        }
        return max.reduceLanes(VectorOperators.MAX);
    }
}
