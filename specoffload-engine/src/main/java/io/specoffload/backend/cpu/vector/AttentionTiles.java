package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;
import static io.specoffload.backend.cpu.vector.Lanes.L;

import io.specoffload.backend.KvBlockFormat;
import jdk.incubator.vector.FloatVector;

/**
 * The two products of attention over one block of positions, for four queries or one. Every sum has an accumulator of
 * its own and runs in ascending order, by fused multiply-adds: results do not depend on the tile or the vector width.
 */
final class AttentionTiles {

    private static final int POSITIONS = KvBlockFormat.POSITIONS;

    private AttentionTiles() {}

    /**
     * scores[s + i * POSITIONS + p] = scale * sum over d of q[q_i + d] * keys[d][p], for four i and positions from the vector of {@code from} on to that
     * of {@code to} - 1.
     */
    static void scores4(
            float[] q,
            int q0,
            int q1,
            int q2,
            int q3,
            float[] keys,
            int size,
            int from,
            int to,
            float scale,
            float[] scores,
            int s) {
        for (int p = from & -2 * L; p < to; p += 2 * L) {
            scores4(q, q0, q1, q2, q3, keys, size, p, scale, scores, s + p);
        }
    }

    private static void scores4(
            float[] q,
            int q0,
            int q1,
            int q2,
            int q3,
            float[] keys,
            int size,
            int p,
            float scale,
            float[] scores,
            int s) {
        FloatVector a0 = FloatVector.zero(F), a1 = a0, a2 = a0, a3 = a0;
        FloatVector b0 = a0, b1 = a0, b2 = a0, b3 = a0;
        for (int d = 0; d < size; d++) {
            FloatVector a = FloatVector.fromArray(F, keys, d * POSITIONS + p);
            FloatVector b = FloatVector.fromArray(F, keys, d * POSITIONS + p + L);
            FloatVector x = FloatVector.broadcast(F, q[q0 + d]);
            a0 = a.fma(x, a0);
            b0 = b.fma(x, b0);
            x = FloatVector.broadcast(F, q[q1 + d]);
            a1 = a.fma(x, a1);
            b1 = b.fma(x, b1);
            x = FloatVector.broadcast(F, q[q2 + d]);
            a2 = a.fma(x, a2);
            b2 = b.fma(x, b2);
            x = FloatVector.broadcast(F, q[q3 + d]);
            a3 = a.fma(x, a3);
            b3 = b.fma(x, b3);
        }
        a0.mul(scale).intoArray(scores, s);
        b0.mul(scale).intoArray(scores, s + L);
        a1.mul(scale).intoArray(scores, s + POSITIONS);
        b1.mul(scale).intoArray(scores, s + POSITIONS + L);
        a2.mul(scale).intoArray(scores, s + 2 * POSITIONS);
        b2.mul(scale).intoArray(scores, s + 2 * POSITIONS + L);
        a3.mul(scale).intoArray(scores, s + 3 * POSITIONS);
        b3.mul(scale).intoArray(scores, s + 3 * POSITIONS + L);
    }

    /** The same for one query. */
    static void scores1(
            float[] q, int q0, float[] keys, int size, int from, int to, float scale, float[] scores, int s) {
        for (int p = from & -4 * L; p < to; p += 4 * L) {
            scores1(q, q0, keys, size, p, scale, scores, s + p);
        }
    }

    private static void scores1(float[] q, int q0, float[] keys, int size, int p, float scale, float[] scores, int s) {
        FloatVector a = FloatVector.zero(F), b = a, c = a, e = a;
        for (int d = 0; d < size; d++) {
            FloatVector x = FloatVector.broadcast(F, q[q0 + d]);
            int at = d * POSITIONS + p;
            a = x.fma(FloatVector.fromArray(F, keys, at), a);
            b = x.fma(FloatVector.fromArray(F, keys, at + L), b);
            c = x.fma(FloatVector.fromArray(F, keys, at + 2 * L), c);
            e = x.fma(FloatVector.fromArray(F, keys, at + 3 * L), e);
        }
        a.mul(scale).intoArray(scores, s);
        b.mul(scale).intoArray(scores, s + L);
        c.mul(scale).intoArray(scores, s + 2 * L);
        e.mul(scale).intoArray(scores, s + 3 * L);
    }

    /**
     * sums[o + i * stride + d] += sum over positions p of weights[w + i * POSITIONS + p] * values[p][d], for four i, p
     * from {@code from} to {@code to} - 1 and each d below size, rounded up to two vectors.
     */
    static void sums4(
            float[] weights, int w, int from, int to, float[] values, int size, float[] sums, int o, int stride) {
        for (int d = 0; d < size; d += 2 * L) {
            sums4(weights, w, from, to, values, size, d, sums, o + d, stride);
        }
    }

    private static void sums4(
            float[] weights,
            int w,
            int from,
            int to,
            float[] values,
            int size,
            int d,
            float[] sums,
            int o,
            int stride) {
        int o1 = o + stride;
        int o2 = o1 + stride;
        int o3 = o2 + stride;
        FloatVector a0 = FloatVector.fromArray(F, sums, o), b0 = FloatVector.fromArray(F, sums, o + L);
        FloatVector a1 = FloatVector.fromArray(F, sums, o1), b1 = FloatVector.fromArray(F, sums, o1 + L);
        FloatVector a2 = FloatVector.fromArray(F, sums, o2), b2 = FloatVector.fromArray(F, sums, o2 + L);
        FloatVector a3 = FloatVector.fromArray(F, sums, o3), b3 = FloatVector.fromArray(F, sums, o3 + L);
        for (int p = from; p < to; p++) {
            FloatVector a = FloatVector.fromArray(F, values, p * size + d);
            FloatVector b = FloatVector.fromArray(F, values, p * size + d + L);
            FloatVector x = FloatVector.broadcast(F, weights[w + p]);
            a0 = a.fma(x, a0);
            b0 = b.fma(x, b0);
            x = FloatVector.broadcast(F, weights[w + POSITIONS + p]);
            a1 = a.fma(x, a1);
            b1 = b.fma(x, b1);
            x = FloatVector.broadcast(F, weights[w + 2 * POSITIONS + p]);
            a2 = a.fma(x, a2);
            b2 = b.fma(x, b2);
            x = FloatVector.broadcast(F, weights[w + 3 * POSITIONS + p]);
            a3 = a.fma(x, a3);
            b3 = b.fma(x, b3);
        }
        a0.intoArray(sums, o);
        b0.intoArray(sums, o + L);
        a1.intoArray(sums, o1);
        b1.intoArray(sums, o1 + L);
        a2.intoArray(sums, o2);
        b2.intoArray(sums, o2 + L);
        a3.intoArray(sums, o3);
        b3.intoArray(sums, o3 + L);
    }

    /** The same for one query, each d rounded up to four vectors. */
    static void sums1(float[] weights, int w, int from, int to, float[] values, int size, float[] sums, int o) {
        for (int d = 0; d < size; d += 4 * L) {
            sums1(weights, w, from, to, values, size, d, sums, o + d);
        }
    }

    private static void sums1(
            float[] weights, int w, int from, int to, float[] values, int size, int d, float[] sums, int o) {
        FloatVector a = FloatVector.fromArray(F, sums, o);
        FloatVector b = FloatVector.fromArray(F, sums, o + L);
        FloatVector c = FloatVector.fromArray(F, sums, o + 2 * L);
        FloatVector e = FloatVector.fromArray(F, sums, o + 3 * L);
        for (int p = from; p < to; p++) {
            FloatVector x = FloatVector.broadcast(F, weights[w + p]);
            int at = p * size + d;
            a = x.fma(FloatVector.fromArray(F, values, at), a);
            b = x.fma(FloatVector.fromArray(F, values, at + L), b);
            c = x.fma(FloatVector.fromArray(F, values, at + 2 * L), c);
            e = x.fma(FloatVector.fromArray(F, values, at + 3 * L), e);
        }
        a.intoArray(sums, o);
        b.intoArray(sums, o + L);
        c.intoArray(sums, o + 2 * L);
        e.intoArray(sums, o + 3 * L);
    }

    /** x *= factor, for count elements, rounded up to vectors. */
    static void scale(float[] x, int from, int count, float factor) {
        for (int i = from; i < from + count; i += L) {
            FloatVector.fromArray(F, x, i).mul(factor).intoArray(x, i);
        }
    }

    /** x = x * factor + y * other, for count elements, rounded up to vectors. */
    static void combine(float[] x, int from, float factor, float[] y, int fromY, float other, int count) {
        for (int i = 0; i < count; i += L) {
            FloatVector.fromArray(F, y, fromY + i)
                    .fma(
                            FloatVector.broadcast(F, other),
                            FloatVector.fromArray(F, x, from + i).mul(factor))
                    .intoArray(x, from + i);
        }
    }
}
