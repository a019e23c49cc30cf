package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Elementary functions over arrays. Only e^x is written with the Vector API, as a fixed sequence of operations: the
 * API's own function gives different bits in compiled and interpreted code, so that a result would depend on when it
 * was computed. The others are plain loops around it, which the compiler vectorizes by itself; written with the API,
 * they would exceed the compiler's limits for inlining and run on boxed vectors.
 */
final class Functions {

    /** Elements whose intermediate results stay in the first-level cache. */
    static final int CHUNK = 1024;

    private static final float LOWEST = -87f;
    private static final float HIGHEST = 88f;
    private static final float LOG2_E = (float) (1 / Math.log(2));

    /** ln 2 in two parts, the upper one of few bits, so that its product with a small integer is exact. */
    private static final float LN2_HIGH = 0x1.63p-1f;

    private static final float LN2_LOW = (float) (Math.log(2) - 0x1.63p-1);

    /** Added and subtracted, rounds to the nearest integer, which then lies in the lowest bits. */
    private static final float ROUND = 0x1.8p23f;

    private static final float C7 = 1 / 5040f;
    private static final float C6 = 1 / 720f;
    private static final float C5 = 1 / 120f;
    private static final float C4 = 1 / 24f;
    private static final float C3 = 1 / 6f;

    /** -2 sqrt(2 / pi). */
    private static final float GELU = (float) (-2 * Math.sqrt(2 / Math.PI));

    private static final FloatVector V_LOWEST = FloatVector.broadcast(F, LOWEST);
    private static final FloatVector V_HIGHEST = FloatVector.broadcast(F, HIGHEST);
    private static final FloatVector V_LOG2_E = FloatVector.broadcast(F, LOG2_E);
    private static final FloatVector V_LN2_HIGH = FloatVector.broadcast(F, -LN2_HIGH);
    private static final FloatVector V_LN2_LOW = FloatVector.broadcast(F, -LN2_LOW);
    private static final FloatVector V_ROUND = FloatVector.broadcast(F, ROUND);
    private static final FloatVector V7 = FloatVector.broadcast(F, C7);
    private static final FloatVector V6 = FloatVector.broadcast(F, C6);
    private static final FloatVector V5 = FloatVector.broadcast(F, C5);
    private static final FloatVector V4 = FloatVector.broadcast(F, C4);
    private static final FloatVector V3 = FloatVector.broadcast(F, C3);
    private static final FloatVector V_HALF = FloatVector.broadcast(F, 0.5f);
    private static final FloatVector V_ONE = FloatVector.broadcast(F, 1f);

    private Functions() {}

    /**
     * x = e^x for elements from to to - 1, to about 1e-7 relative, for x from -87 to 88; beyond, the value at the nearer
     * end. With n = round(x / ln 2) and r = x - n ln 2 it is 2^n times the Taylor polynomial of e^r, |r| at most 0.35.
     */
    static void exp(float[] x, int from, int to) {
        exp(x, from, to, 0f);
    }

    /** x = e^(x - shift). */
    static void exp(float[] x, int from, int to, float shift) {
        int i = from;
        for (; i <= to - Lanes.L; i += Lanes.L) {
            FloatVector clamped =
                    FloatVector.fromArray(F, x, i).sub(shift).max(V_LOWEST).min(V_HIGHEST);
            FloatVector shifted = clamped.fma(V_LOG2_E, V_ROUND);
            FloatVector n = shifted.sub(V_ROUND);
            FloatVector r = n.fma(V_LN2_LOW, n.fma(V_LN2_HIGH, clamped));
            FloatVector p = r.fma(V7, V6).fma(r, V5).fma(r, V4).fma(r, V3);
            p = p.fma(r, V_HALF).fma(r, V_ONE).fma(r, V_ONE);
            IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
            p.reinterpretAsInts().add(exponent).reinterpretAsFloats().intoArray(x, i);
        }
        for (; i < to; i++) {
            x[i] = exp(x[i] - shift);
        }
    }

    /** The same operations on one number: where an element lies does not matter to its result. */
    static float exp(float x) {
        float clamped = Math.min(Math.max(x, LOWEST), HIGHEST);
        float shifted = Math.fma(clamped, LOG2_E, ROUND);
        float n = shifted - ROUND;
        float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, clamped));
        float p = Math.fma(Math.fma(Math.fma(Math.fma(r, C7, C6), r, C5), r, C4), r, C3);
        p = Math.fma(Math.fma(Math.fma(p, r, 0.5f), r, 1f), r, 1f);
        return Float.intBitsToFloat(Float.floatToRawIntBits(p) + (Float.floatToRawIntBits(shifted) << 23));
    }

    /** gate = gate / (1 + e^(-alpha gate)) * up. */
    static void swish(float[] gate, float[] up, float alpha, int from, int to, Scratch scratch) {
        float[] e = scratch.chunk;
        for (int start = from; start < to; start += CHUNK) {
            int count = Math.min(CHUNK, to - start);
            for (int i = 0; i < count; i++) {
                e[i] = -alpha * gate[start + i];
            }
            exp(e, 0, count);
            gate(gate, up, start, count, e);
        }
    }

    /**
     * gate = gelu(gate) * up, with 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), which is x / (1 + e^-2u) with u the
     * argument of tanh.
     */
    static void geglu(float[] gate, float[] up, int from, int to, Scratch scratch) {
        float[] e = scratch.chunk;
        for (int start = from; start < to; start += CHUNK) {
            int count = Math.min(CHUNK, to - start);
            for (int i = 0; i < count; i++) {
                float x = gate[start + i];
                e[i] = GELU * (x + 0.044715f * x * x * x);
            }
            exp(e, 0, count);
            gate(gate, up, start, count, e);
        }
    }

    private static void gate(float[] gate, float[] up, int start, int count, float[] e) {
        for (int i = 0; i < count; i++) {
            gate[start + i] = gate[start + i] / (1 + e[i]) * up[start + i];
        }
    }

    /**
     * x = cap * tanh(x / cap). The hyperbolic tangent is Lambert's continued fraction to the seventh term where the
     * argument is small, else 1 - 2 / (e^2x + 1).
     */
    static void softCap(float[] x, float cap, int from, int to, Scratch scratch) {
        float[] e = scratch.chunk;
        for (int start = from; start < to; start += CHUNK) {
            int count = Math.min(CHUNK, to - start);
            for (int i = 0; i < count; i++) {
                e[i] = 2 * (x[start + i] / cap);
            }
            exp(e, 0, count);
            for (int i = 0; i < count; i++) {
                float y = x[start + i] / cap;
                float tanh = Math.abs(y) < 0.6f ? smallTanh(y) : 1 - 2 / (e[i] + 1);
                x[start + i] = cap * tanh;
            }
        }
    }

    private static float smallTanh(float y) {
        float square = y * y;
        float numerator = ((square + 378f) * square + 17325f) * square + 135135f;
        float denominator = ((28f * square + 3150f) * square + 62370f) * square + 135135f;
        return y * numerator / denominator;
    }
}
