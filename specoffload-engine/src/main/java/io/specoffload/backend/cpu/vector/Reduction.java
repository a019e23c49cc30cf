package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;
import static io.specoffload.backend.cpu.vector.Lanes.L;
import static io.specoffload.backend.cpu.vector.Lanes.STEPS;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/**
 * Adds the 32 partial sums of many results at once, each as the tree of {@link Tiles}. Where two results are
 * at the same level of their trees, their vectors are merged: lanes that one no longer needs hold the other's sums.
 */
final class Reduction {

    private static final VectorShuffle<Float> SWAP_8 = swap(8);
    private static final VectorShuffle<Float> SWAP_4 = swap(4);
    private static final VectorShuffle<Float> SWAP_2 = swap(2);
    private static final VectorShuffle<Float> SWAP_1 = swap(1);
    private static final VectorMask<Float> BIT_8 = bit(8);
    private static final VectorMask<Float> BIT_4 = bit(4);
    private static final VectorMask<Float> BIT_2 = bit(2);
    private static final VectorMask<Float> BIT_1 = bit(1);

    private final MethodHandle loop;

    Reduction() {
        MethodType type = MethodType.methodType(
                void.class, float[].class, int.class, int.class, int.class, int.class, float[].class);
        try {
            loop = MethodHandles.lookup().findStatic(Reduction.class, "sum", type);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("the sums of matrix products", e);
        }
    }

    private static VectorShuffle<Float> swap(int bit) {
        return VectorShuffle.fromOp(F, i -> (i ^ bit) & L - 1);
    }

    private static VectorMask<Float> bit(int bit) {
        boolean[] lanes = new boolean[L];
        for (int i = 0; i < L; i++) {
            lanes[i] = (i & bit) != 0;
        }
        return VectorMask.fromArray(F, lanes, 0);
    }

    /**
     * out[i] = the sum of the i-th result's 32 partial sums, for i up to count, rounded up to a multiple of 4.
     *
     * <p>Called through a method handle that the compiler does not see through: inlined into a large caller, its own calls
     * would exceed the compiler's limits (see {@link FormatCalls}).
     *
     * @param sums vector s of the i-th result lies at {@code offset + i * resultStride + s * stepStride}
     * @param out has room for 16 floats more
     */
    void add(float[] sums, int offset, int resultStride, int stepStride, int count, float[] out) {
        try {
            loop.invokeExact(sums, offset, resultStride, stepStride, count, out);
        } catch (Throwable e) {
            throw FormatCalls.unchecked(e);
        }
    }

    static void sum(float[] sums, int offset, int resultStride, int stepStride, int count, float[] out) {
        for (int i = 0; i < count; i += 4) {
            int at = offset + i * resultStride;
            FloatVector a = upper(sums, at, stepStride);
            FloatVector b = upper(sums, at + resultStride, stepStride);
            FloatVector c = upper(sums, at + 2 * resultStride, stepStride);
            FloatVector d = upper(sums, at + 3 * resultStride, stepStride);
            // written out here: as a method with vectors for arguments it would be too large to be inlined with
            // certainty
            FloatVector sum;
            if (L == 16) {
                FloatVector even = merge(a, c, SWAP_8, BIT_8);
                FloatVector odd = merge(b, d, SWAP_8, BIT_8);
                sum = fold(fold(merge(even, odd, SWAP_4, BIT_4), SWAP_2), SWAP_1);
            } else if (L == 8) {
                FloatVector even = merge(a, c, SWAP_4, BIT_4);
                FloatVector odd = merge(b, d, SWAP_4, BIT_4);
                sum = fold(merge(even, odd, SWAP_2, BIT_2), SWAP_1);
            } else {
                FloatVector even = merge(a, c, SWAP_2, BIT_2);
                FloatVector odd = merge(b, d, SWAP_2, BIT_2);
                sum = merge(even, odd, SWAP_1, BIT_1);
            }
            sum.intoArray(out, i);
            // results lie L / 4 lanes apart
            out[i + 1] = out[i + L / 4];
            out[i + 2] = out[i + 2 * (L / 4)];
            out[i + 3] = out[i + 3 * (L / 4)];
        }
    }

    /** The levels of the tree that add whole vectors. */
    private static FloatVector upper(float[] sums, int at, int stride) {
        if (STEPS == 2) {
            return add(sums, at, at + stride);
        }
        if (STEPS == 4) {
            return add(sums, at, at + 2 * stride).add(add(sums, at + stride, at + 3 * stride));
        }
        FloatVector even = add(sums, at, at + 4 * stride).add(add(sums, at + 2 * stride, at + 6 * stride));
        FloatVector odd = add(sums, at + stride, at + 5 * stride).add(add(sums, at + 3 * stride, at + 7 * stride));
        return even.add(odd);
    }

    private static FloatVector add(float[] sums, int a, int b) {
        return FloatVector.fromArray(F, sums, a).add(FloatVector.fromArray(F, sums, b));
    }

    /** Lanes without the bit: a's sums with their partners; lanes with it: b's. */
    private static FloatVector merge(FloatVector a, FloatVector b, VectorShuffle<Float> swap, VectorMask<Float> upper) {
        return a.blend(b, upper).add(b.blend(a, upper).rearrange(swap));
    }

    private static FloatVector fold(FloatVector v, VectorShuffle<Float> swap) {
        return v.add(v.rearrange(swap));
    }
}
