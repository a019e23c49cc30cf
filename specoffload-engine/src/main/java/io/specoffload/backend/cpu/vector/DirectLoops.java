package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;
import static io.specoffload.backend.cpu.vector.Lanes.L;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * The inner loops that multiply weights where they lie: two rows, decoded in registers, by 1 to 4 columns of activations.
 * This class is a template: {@link DirectCalls} defines a hidden copy of it for each format, whose format is a constant
 * that the compiler inlines, with profiles of its own. Nothing may call the template itself.
 *
 * <p>Each loop computes, of every group of 32 products, the partial sums of {@link DirectCalls#vectors} vectors from
 * {@code step} on, for a number of pairs of rows. Activations are [groups][columns][32] from {@code xOffset}, sums
 * [pairs][2 rows][columns][32], what the format prepared [pairs][2 rows]. The inner loop counts in steps of the position in
 * {@code x}: counted by groups, the compiler unrolls it and leaves bounds checks in, which takes twice the time. All weights of
 * a step are decoded first: the compiler stops inlining methods of ours behind a number of operations, and goes on with
 * those of the Vector API. Of a {@link NibbleFormat} a step takes two groups, whose weights come from the same bytes.
 */
final class DirectLoops {

    private static final DirectFormat FORMAT = LoopTemplate.format(MethodHandles.lookup());

    private static final int GROUP_BYTES = FORMAT.groupBytes();

    /** The format if it decodes two groups of 32 per step, and else any. */
    private static final NibbleFormat NIBBLES = FORMAT instanceof NibbleFormat nibbles ? nibbles : new Q4_KVector();

    private static final int GROUPS = DirectCalls.groups(FORMAT);

    private static final IntVector LOW = IntVector.broadcast(Lanes.I, 15);
    private static final IntVector HIGH = IntVector.broadcast(Lanes.I, 240);

    // how many vectors of each group a pass takes, by columns: constants, so that no loop has code for the other case
    private static final boolean TWO_1 = DirectCalls.vectors(FORMAT, 1) == 2;
    private static final boolean TWO_2 = DirectCalls.vectors(FORMAT, 2) == 2;
    private static final boolean TWO_3 = DirectCalls.vectors(FORMAT, 3) == 2;
    private static final boolean TWO_4 = DirectCalls.vectors(FORMAT, 4) == 2;

    private DirectLoops() {}

    /** Not for {@link NibbleFormat} with 16 lanes, which has a loop of its own for one column. */
    static void columns1(
            long firstRow,
            long secondRow,
            long rowBytes,
            int pairs,
            int groups,
            float[] x,
            int xOffset,
            int step,
            float[] scales,
            float[] sums) {
        int from = TWO_1 && L == 16 ? 0 : step;
        int at = from * L;
        int stride = scales.length / (2 * DirectCalls.PAIRS);
        for (int pair = 0; pair < pairs; pair++) {
            long first = firstRow + pair * rowBytes;
            long second = secondRow + pair * rowBytes;
            int scaleA = 2 * pair * stride;
            int scaleB = scaleA + stride;
            int out = pair * 64 + at;
            FloatVector a0 = FloatVector.zero(F);
            FloatVector b0 = a0, c0 = a0, d0 = a0;
            int group = 0;
            for (int k = xOffset + at; k < xOffset + groups * 32; k += 32) {
                float scaleV = FORMAT.scale(first);
                float scaleW = FORMAT.scale(second);
                FloatVector v = FORMAT.weights(first, group, from, scaleV, scales, scaleA);
                FloatVector w = FORMAT.weights(second, group, from, scaleW, scales, scaleB);
                FloatVector vv = TWO_1 ? FORMAT.weights(first, group, from + 1, scaleV, scales, scaleA) : v;
                FloatVector ww = TWO_1 ? FORMAT.weights(second, group, from + 1, scaleW, scales, scaleB) : w;
                FloatVector u = FloatVector.fromArray(F, x, k);
                a0 = v.fma(u, a0);
                b0 = w.fma(u, b0);
                if (TWO_1) {
                    u = FloatVector.fromArray(F, x, k + L);
                    c0 = vv.fma(u, c0);
                    d0 = ww.fma(u, d0);
                }
                group++;
                first += GROUP_BYTES;
                second += GROUP_BYTES;
            }
            a0.intoArray(sums, out);
            b0.intoArray(sums, out + 32);
            if (TWO_1) {
                c0.intoArray(sums, out + L);
                d0.intoArray(sums, out + 32 + L);
            }
        }
    }

    static void columns2(
            long firstRow,
            long secondRow,
            long rowBytes,
            int pairs,
            int groups,
            float[] x,
            int xOffset,
            int step,
            float[] scales,
            float[] sums) {
        int from = TWO_2 && L == 16 ? 0 : step;
        int at = from * L;
        int stride = scales.length / (2 * DirectCalls.PAIRS);
        for (int pair = 0; pair < pairs; pair++) {
            long first = firstRow + pair * rowBytes;
            long second = secondRow + pair * rowBytes;
            int scaleA = 2 * pair * stride;
            int scaleB = scaleA + stride;
            int out = pair * 128 + at;
            FloatVector a0 = FloatVector.zero(F);
            FloatVector b0 = a0, c0 = a0, d0 = a0;
            FloatVector a1 = a0, b1 = a0, c1 = a0, d1 = a0;
            int group = 0;
            for (int k = xOffset + at; k < xOffset + groups * 64; k += 64 * GROUPS) {
                float scaleV = FORMAT.scale(first);
                float scaleW = FORMAT.scale(second);
                FloatVector v, w, vv, ww, nextV, nextW, nextVv, nextWw;
                if (GROUPS == 2) {
                    IntVector p = NIBBLES.nibbles(first, group, 0);
                    IntVector q = NIBBLES.nibbles(second, group, 0);
                    IntVector pp = NIBBLES.nibbles(first, group, 1);
                    IntVector qq = NIBBLES.nibbles(second, group, 1);
                    FloatVector scale = FloatVector.broadcast(F, scales[scaleA + 2 * group]);
                    FloatVector addend = FloatVector.broadcast(F, scales[scaleA + 2 * group + 2]);
                    v = RawIntegers.of(p.and(LOW)).fma(scale, addend);
                    vv = RawIntegers.of(pp.and(LOW)).fma(scale, addend);
                    scale = FloatVector.broadcast(F, scales[scaleB + 2 * group]);
                    addend = FloatVector.broadcast(F, scales[scaleB + 2 * group + 2]);
                    w = RawIntegers.of(q.and(LOW)).fma(scale, addend);
                    ww = RawIntegers.of(qq.and(LOW)).fma(scale, addend);
                    scale = FloatVector.broadcast(F, scales[scaleA + 2 * group + 1]);
                    addend = FloatVector.broadcast(F, scales[scaleA + 2 * group + 3]);
                    nextV = RawIntegers.of(p.and(HIGH)).fma(scale, addend);
                    nextVv = RawIntegers.of(pp.and(HIGH)).fma(scale, addend);
                    scale = FloatVector.broadcast(F, scales[scaleB + 2 * group + 1]);
                    addend = FloatVector.broadcast(F, scales[scaleB + 2 * group + 3]);
                    nextW = RawIntegers.of(q.and(HIGH)).fma(scale, addend);
                    nextWw = RawIntegers.of(qq.and(HIGH)).fma(scale, addend);
                } else {
                    v = FORMAT.weights(first, group, from, scaleV, scales, scaleA);
                    w = FORMAT.weights(second, group, from, scaleW, scales, scaleB);
                    vv = TWO_2 ? FORMAT.weights(first, group, from + 1, scaleV, scales, scaleA) : v;
                    ww = TWO_2 ? FORMAT.weights(second, group, from + 1, scaleW, scales, scaleB) : w;
                    nextV = nextW = nextVv = nextWw = v;
                }
                FloatVector u = FloatVector.fromArray(F, x, k);
                a0 = v.fma(u, a0);
                b0 = w.fma(u, b0);
                u = FloatVector.fromArray(F, x, k + 32);
                a1 = v.fma(u, a1);
                b1 = w.fma(u, b1);
                if (TWO_2) {
                    u = FloatVector.fromArray(F, x, k + L);
                    c0 = vv.fma(u, c0);
                    d0 = ww.fma(u, d0);
                    u = FloatVector.fromArray(F, x, k + 32 + L);
                    c1 = vv.fma(u, c1);
                    d1 = ww.fma(u, d1);
                }
                if (GROUPS == 2) {
                    u = FloatVector.fromArray(F, x, k + 64);
                    a0 = nextV.fma(u, a0);
                    b0 = nextW.fma(u, b0);
                    u = FloatVector.fromArray(F, x, k + 64 + L);
                    c0 = nextVv.fma(u, c0);
                    d0 = nextWw.fma(u, d0);
                    u = FloatVector.fromArray(F, x, k + 96);
                    a1 = nextV.fma(u, a1);
                    b1 = nextW.fma(u, b1);
                    u = FloatVector.fromArray(F, x, k + 96 + L);
                    c1 = nextVv.fma(u, c1);
                    d1 = nextWw.fma(u, d1);
                }
                group += GROUPS;
                first += GROUP_BYTES;
                second += GROUP_BYTES;
            }
            a0.intoArray(sums, out);
            b0.intoArray(sums, out + 64);
            a1.intoArray(sums, out + 32);
            b1.intoArray(sums, out + 96);
            if (TWO_2) {
                c0.intoArray(sums, out + L);
                d0.intoArray(sums, out + 64 + L);
                c1.intoArray(sums, out + 32 + L);
                d1.intoArray(sums, out + 96 + L);
            }
        }
    }

    static void columns3(
            long firstRow,
            long secondRow,
            long rowBytes,
            int pairs,
            int groups,
            float[] x,
            int xOffset,
            int step,
            float[] scales,
            float[] sums) {
        int from = TWO_3 && L == 16 ? 0 : step;
        int at = from * L;
        int stride = scales.length / (2 * DirectCalls.PAIRS);
        for (int pair = 0; pair < pairs; pair++) {
            long first = firstRow + pair * rowBytes;
            long second = secondRow + pair * rowBytes;
            int scaleA = 2 * pair * stride;
            int scaleB = scaleA + stride;
            int out = pair * 192 + at;
            FloatVector a0 = FloatVector.zero(F);
            FloatVector b0 = a0, c0 = a0, d0 = a0;
            FloatVector a1 = a0, b1 = a0, c1 = a0, d1 = a0;
            FloatVector a2 = a0, b2 = a0, c2 = a0, d2 = a0;
            int group = 0;
            for (int k = xOffset + at; k < xOffset + groups * 96; k += 96 * GROUPS) {
                float scaleV = FORMAT.scale(first);
                float scaleW = FORMAT.scale(second);
                FloatVector v, w, vv, ww, nextV, nextW, nextVv, nextWw;
                if (GROUPS == 2) {
                    IntVector p = NIBBLES.nibbles(first, group, 0);
                    IntVector q = NIBBLES.nibbles(second, group, 0);
                    IntVector pp = NIBBLES.nibbles(first, group, 1);
                    IntVector qq = NIBBLES.nibbles(second, group, 1);
                    FloatVector scale = FloatVector.broadcast(F, scales[scaleA + 2 * group]);
                    FloatVector addend = FloatVector.broadcast(F, scales[scaleA + 2 * group + 2]);
                    v = RawIntegers.of(p.and(LOW)).fma(scale, addend);
                    vv = RawIntegers.of(pp.and(LOW)).fma(scale, addend);
                    scale = FloatVector.broadcast(F, scales[scaleB + 2 * group]);
                    addend = FloatVector.broadcast(F, scales[scaleB + 2 * group + 2]);
                    w = RawIntegers.of(q.and(LOW)).fma(scale, addend);
                    ww = RawIntegers.of(qq.and(LOW)).fma(scale, addend);
                    scale = FloatVector.broadcast(F, scales[scaleA + 2 * group + 1]);
                    addend = FloatVector.broadcast(F, scales[scaleA + 2 * group + 3]);
                    nextV = RawIntegers.of(p.and(HIGH)).fma(scale, addend);
                    nextVv = RawIntegers.of(pp.and(HIGH)).fma(scale, addend);
                    scale = FloatVector.broadcast(F, scales[scaleB + 2 * group + 1]);
                    addend = FloatVector.broadcast(F, scales[scaleB + 2 * group + 3]);
                    nextW = RawIntegers.of(q.and(HIGH)).fma(scale, addend);
                    nextWw = RawIntegers.of(qq.and(HIGH)).fma(scale, addend);
                } else {
                    v = FORMAT.weights(first, group, from, scaleV, scales, scaleA);
                    w = FORMAT.weights(second, group, from, scaleW, scales, scaleB);
                    vv = TWO_3 ? FORMAT.weights(first, group, from + 1, scaleV, scales, scaleA) : v;
                    ww = TWO_3 ? FORMAT.weights(second, group, from + 1, scaleW, scales, scaleB) : w;
                    nextV = nextW = nextVv = nextWw = v;
                }
                FloatVector u = FloatVector.fromArray(F, x, k);
                a0 = v.fma(u, a0);
                b0 = w.fma(u, b0);
                u = FloatVector.fromArray(F, x, k + 32);
                a1 = v.fma(u, a1);
                b1 = w.fma(u, b1);
                u = FloatVector.fromArray(F, x, k + 64);
                a2 = v.fma(u, a2);
                b2 = w.fma(u, b2);
                if (TWO_3) {
                    u = FloatVector.fromArray(F, x, k + L);
                    c0 = vv.fma(u, c0);
                    d0 = ww.fma(u, d0);
                    u = FloatVector.fromArray(F, x, k + 32 + L);
                    c1 = vv.fma(u, c1);
                    d1 = ww.fma(u, d1);
                    u = FloatVector.fromArray(F, x, k + 64 + L);
                    c2 = vv.fma(u, c2);
                    d2 = ww.fma(u, d2);
                }
                if (GROUPS == 2) {
                    u = FloatVector.fromArray(F, x, k + 96);
                    a0 = nextV.fma(u, a0);
                    b0 = nextW.fma(u, b0);
                    u = FloatVector.fromArray(F, x, k + 96 + L);
                    c0 = nextVv.fma(u, c0);
                    d0 = nextWw.fma(u, d0);
                    u = FloatVector.fromArray(F, x, k + 128);
                    a1 = nextV.fma(u, a1);
                    b1 = nextW.fma(u, b1);
                    u = FloatVector.fromArray(F, x, k + 128 + L);
                    c1 = nextVv.fma(u, c1);
                    d1 = nextWw.fma(u, d1);
                    u = FloatVector.fromArray(F, x, k + 160);
                    a2 = nextV.fma(u, a2);
                    b2 = nextW.fma(u, b2);
                    u = FloatVector.fromArray(F, x, k + 160 + L);
                    c2 = nextVv.fma(u, c2);
                    d2 = nextWw.fma(u, d2);
                }
                group += GROUPS;
                first += GROUP_BYTES;
                second += GROUP_BYTES;
            }
            a0.intoArray(sums, out);
            b0.intoArray(sums, out + 96);
            a1.intoArray(sums, out + 32);
            b1.intoArray(sums, out + 128);
            a2.intoArray(sums, out + 64);
            b2.intoArray(sums, out + 160);
            if (TWO_3) {
                c0.intoArray(sums, out + L);
                d0.intoArray(sums, out + 96 + L);
                c1.intoArray(sums, out + 32 + L);
                d1.intoArray(sums, out + 128 + L);
                c2.intoArray(sums, out + 64 + L);
                d2.intoArray(sums, out + 160 + L);
            }
        }
    }

    static void columns4(
            long firstRow,
            long secondRow,
            long rowBytes,
            int pairs,
            int groups,
            float[] x,
            int xOffset,
            int step,
            float[] scales,
            float[] sums) {
        int from = TWO_4 && L == 16 ? 0 : step;
        int at = from * L;
        int stride = scales.length / (2 * DirectCalls.PAIRS);
        for (int pair = 0; pair < pairs; pair++) {
            long first = firstRow + pair * rowBytes;
            long second = secondRow + pair * rowBytes;
            int scaleA = 2 * pair * stride;
            int scaleB = scaleA + stride;
            int out = pair * 256 + at;
            FloatVector a0 = FloatVector.zero(F);
            FloatVector b0 = a0, c0 = a0, d0 = a0;
            FloatVector a1 = a0, b1 = a0, c1 = a0, d1 = a0;
            FloatVector a2 = a0, b2 = a0, c2 = a0, d2 = a0;
            FloatVector a3 = a0, b3 = a0, c3 = a0, d3 = a0;
            int group = 0;
            for (int k = xOffset + at; k < xOffset + groups * 128; k += 128 * GROUPS) {
                float scaleV = FORMAT.scale(first);
                float scaleW = FORMAT.scale(second);
                FloatVector v, w, vv, ww, nextV, nextW, nextVv, nextWw;
                if (GROUPS == 2) {
                    IntVector p = NIBBLES.nibbles(first, group, 0);
                    IntVector q = NIBBLES.nibbles(second, group, 0);
                    IntVector pp = NIBBLES.nibbles(first, group, 1);
                    IntVector qq = NIBBLES.nibbles(second, group, 1);
                    FloatVector scale = FloatVector.broadcast(F, scales[scaleA + 2 * group]);
                    FloatVector addend = FloatVector.broadcast(F, scales[scaleA + 2 * group + 2]);
                    v = RawIntegers.of(p.and(LOW)).fma(scale, addend);
                    vv = RawIntegers.of(pp.and(LOW)).fma(scale, addend);
                    scale = FloatVector.broadcast(F, scales[scaleB + 2 * group]);
                    addend = FloatVector.broadcast(F, scales[scaleB + 2 * group + 2]);
                    w = RawIntegers.of(q.and(LOW)).fma(scale, addend);
                    ww = RawIntegers.of(qq.and(LOW)).fma(scale, addend);
                    scale = FloatVector.broadcast(F, scales[scaleA + 2 * group + 1]);
                    addend = FloatVector.broadcast(F, scales[scaleA + 2 * group + 3]);
                    nextV = RawIntegers.of(p.and(HIGH)).fma(scale, addend);
                    nextVv = RawIntegers.of(pp.and(HIGH)).fma(scale, addend);
                    scale = FloatVector.broadcast(F, scales[scaleB + 2 * group + 1]);
                    addend = FloatVector.broadcast(F, scales[scaleB + 2 * group + 3]);
                    nextW = RawIntegers.of(q.and(HIGH)).fma(scale, addend);
                    nextWw = RawIntegers.of(qq.and(HIGH)).fma(scale, addend);
                } else {
                    v = FORMAT.weights(first, group, from, scaleV, scales, scaleA);
                    w = FORMAT.weights(second, group, from, scaleW, scales, scaleB);
                    vv = TWO_4 ? FORMAT.weights(first, group, from + 1, scaleV, scales, scaleA) : v;
                    ww = TWO_4 ? FORMAT.weights(second, group, from + 1, scaleW, scales, scaleB) : w;
                    nextV = nextW = nextVv = nextWw = v;
                }
                FloatVector u = FloatVector.fromArray(F, x, k);
                a0 = v.fma(u, a0);
                b0 = w.fma(u, b0);
                u = FloatVector.fromArray(F, x, k + 32);
                a1 = v.fma(u, a1);
                b1 = w.fma(u, b1);
                u = FloatVector.fromArray(F, x, k + 64);
                a2 = v.fma(u, a2);
                b2 = w.fma(u, b2);
                u = FloatVector.fromArray(F, x, k + 96);
                a3 = v.fma(u, a3);
                b3 = w.fma(u, b3);
                if (TWO_4) {
                    u = FloatVector.fromArray(F, x, k + L);
                    c0 = vv.fma(u, c0);
                    d0 = ww.fma(u, d0);
                    u = FloatVector.fromArray(F, x, k + 32 + L);
                    c1 = vv.fma(u, c1);
                    d1 = ww.fma(u, d1);
                    u = FloatVector.fromArray(F, x, k + 64 + L);
                    c2 = vv.fma(u, c2);
                    d2 = ww.fma(u, d2);
                    u = FloatVector.fromArray(F, x, k + 96 + L);
                    c3 = vv.fma(u, c3);
                    d3 = ww.fma(u, d3);
                }
                if (GROUPS == 2) {
                    u = FloatVector.fromArray(F, x, k + 128);
                    a0 = nextV.fma(u, a0);
                    b0 = nextW.fma(u, b0);
                    u = FloatVector.fromArray(F, x, k + 128 + L);
                    c0 = nextVv.fma(u, c0);
                    d0 = nextWw.fma(u, d0);
                    u = FloatVector.fromArray(F, x, k + 160);
                    a1 = nextV.fma(u, a1);
                    b1 = nextW.fma(u, b1);
                    u = FloatVector.fromArray(F, x, k + 160 + L);
                    c1 = nextVv.fma(u, c1);
                    d1 = nextWw.fma(u, d1);
                    u = FloatVector.fromArray(F, x, k + 192);
                    a2 = nextV.fma(u, a2);
                    b2 = nextW.fma(u, b2);
                    u = FloatVector.fromArray(F, x, k + 192 + L);
                    c2 = nextVv.fma(u, c2);
                    d2 = nextWw.fma(u, d2);
                    u = FloatVector.fromArray(F, x, k + 224);
                    a3 = nextV.fma(u, a3);
                    b3 = nextW.fma(u, b3);
                    u = FloatVector.fromArray(F, x, k + 224 + L);
                    c3 = nextVv.fma(u, c3);
                    d3 = nextWw.fma(u, d3);
                }
                group += GROUPS;
                first += GROUP_BYTES;
                second += GROUP_BYTES;
            }
            a0.intoArray(sums, out);
            b0.intoArray(sums, out + 128);
            a1.intoArray(sums, out + 32);
            b1.intoArray(sums, out + 160);
            a2.intoArray(sums, out + 64);
            b2.intoArray(sums, out + 192);
            a3.intoArray(sums, out + 96);
            b3.intoArray(sums, out + 224);
            if (TWO_4) {
                c0.intoArray(sums, out + L);
                d0.intoArray(sums, out + 128 + L);
                c1.intoArray(sums, out + 32 + L);
                d1.intoArray(sums, out + 160 + L);
                c2.intoArray(sums, out + 64 + L);
                d2.intoArray(sums, out + 192 + L);
                c3.intoArray(sums, out + 96 + L);
                d3.intoArray(sums, out + 224 + L);
            }
        }
    }
}
