package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Elementary functions as a fixed sequence of vector operations. The Vector API's own give different bits in compiled
 * and interpreted code, so a result would depend on when it was computed.
 */
final class Functions {

    private static final float LOG2_E = (float) (1 / Math.log(2));

    /** ln 2 in two parts, the upper one of few bits, so that its product with a small integer is exact. */
    private static final float LN2_HIGH = 0x1.63p-1f;

    private static final float LN2_LOW = (float) (Math.log(2) - 0x1.63p-1);

    /** Added and subtracted, rounds to the nearest integer, which then lies in the lowest bits. */
    private static final float ROUND = 0x1.8p23f;

    private Functions() {}

    /**
     * e^x to about 1e-7 relative, for x from -87 to 88; beyond, the value at the nearer end. With n = round(x / ln 2)
     * and r = x - n ln 2 it is 2^n times the Taylor polynomial of e^r, |r| at most 0.35.
     */
    static FloatVector exp(FloatVector x) {
        FloatVector clamped = x.max(-87f).min(88f);
        FloatVector shifted = clamped.fma(FloatVector.broadcast(F, LOG2_E), FloatVector.broadcast(F, ROUND));
        FloatVector n = shifted.sub(ROUND);
        FloatVector r = n.fma(FloatVector.broadcast(F, -LN2_HIGH), clamped);
        r = n.fma(FloatVector.broadcast(F, -LN2_LOW), r);
        FloatVector p = r.fma(FloatVector.broadcast(F, 1 / 5040f), FloatVector.broadcast(F, 1 / 720f));
        p = p.fma(r, FloatVector.broadcast(F, 1 / 120f));
        p = p.fma(r, FloatVector.broadcast(F, 1 / 24f));
        p = p.fma(r, FloatVector.broadcast(F, 1 / 6f));
        p = p.fma(r, FloatVector.broadcast(F, 0.5f));
        p = p.fma(r, FloatVector.broadcast(F, 1f));
        p = p.fma(r, FloatVector.broadcast(F, 1f));
        IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
        return p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
    }

    /** x / (1 + e^-x). */
    static FloatVector silu(FloatVector x) {
        return x.div(exp(x.neg()).add(1f));
    }

    /** 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), which is x / (1 + e^-2u) with u the argument of tanh. */
    static FloatVector gelu(FloatVector x) {
        FloatVector inner = x.mul(x).mul(0.044715f).add(1f).mul(x);
        return x.div(exp(inner.mul((float) (-2 * Math.sqrt(2 / Math.PI)))).add(1f));
    }

    /** tanh x: Lambert's continued fraction to the seventh term where |x| is small, else 1 - 2 / (e^2x + 1). */
    static FloatVector tanh(FloatVector x) {
        FloatVector square = x.mul(x);
        FloatVector numerator = square.add(378f).fma(square, FloatVector.broadcast(F, 17325f));
        numerator = numerator.fma(square, FloatVector.broadcast(F, 135135f)).mul(x);
        FloatVector denominator = square.mul(28f).add(3150f).fma(square, FloatVector.broadcast(F, 62370f));
        denominator = denominator.fma(square, FloatVector.broadcast(F, 135135f));
        FloatVector large = FloatVector.broadcast(F, 1f)
                .sub(FloatVector.broadcast(F, 2f).div(exp(x.add(x)).add(1f)));
        VectorMask<Float> small = x.abs().lt(0.6f);
        return large.blend(numerator.div(denominator), small);
    }

    /** x = cap * tanh(x / cap) for elements from to to - 1. */
    static void softCap(float[] x, float cap, int from, int to) {
        for (int i = from; i < to; i += Lanes.L) {
            VectorMask<Float> rest = F.indexInRange(i, to);
            tanh(FloatVector.fromArray(F, x, i, rest).div(cap)).mul(cap).intoArray(x, i, rest);
        }
    }
}
