package io.specoffload.backend.cpu.vector;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** Calls the {@link DirectLoops} of one format, a copy of the class, through handles that the compiler does not see through. */
final class DirectCalls {

    /** Columns of activations in the widest loop. */
    static final int COLUMNS = 4;

    /** Most pairs of rows in one call of a loop. */
    static final int PAIRS = 8;

    private final DirectFormat format;
    private final MethodHandle[] loops = new MethodHandle[COLUMNS + 1];

    DirectCalls(DirectFormat format) {
        this.format = format;
        MethodType type = MethodType.methodType(
                void.class,
                long.class,
                long.class,
                long.class,
                int.class,
                int.class,
                float[].class,
                int.class,
                int.class,
                float[].class,
                float[].class);
        MethodHandles.Lookup copy = LoopTemplate.copy("DirectLoops", format);
        try {
            for (int columns = 1; columns <= COLUMNS; columns++) {
                loops[columns] = copy.findStatic(copy.lookupClass(), "columns" + columns, type);
            }
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("the kernels of " + format.type(), e);
        }
    }

    /**
     * Vectors of each group of 32 weights that one pass over a pair of rows takes: two where registers hold as many sums and
     * the compiler inlines as many decoders.
     */
    static int vectors(DirectFormat format, int columns) {
        int most = Lanes.L == 16 ? COLUMNS : COLUMNS / 2;
        return columns <= Math.min(most, format.lightColumns()) ? 2 : 1;
    }

    /** Groups of 32 weights that a step takes: two where they share bytes and a pass takes all of a group. */
    static int groups(DirectFormat format) {
        return Lanes.L == 16 && format instanceof NibbleFormat ? 2 : 1;
    }

    /**
     * Columns up to which decoding in registers beats decoding into a panel: each group of columns decodes all weights
     * again.
     */
    int mostColumns() {
        if (Lanes.L < 16) {
            return format.isPrepared() ? 1 : COLUMNS;
        }
        if (format.lightColumns() < COLUMNS) {
            return COLUMNS;
        }
        return groups(format) == 2 ? 2 * COLUMNS : 3 * COLUMNS;
    }

    /**
     * Pairs of rows to multiply in one call. What is prepared of rows is read all over them, ahead of the loop: where that loop is short, few rows
     * at a time are faster (1.13 times on Zen 4), elsewhere slower (0.88 times).
     */
    int pairs() {
        return groups(format) == 2 ? PAIRS / 4 : PAIRS;
    }

    /** See {@link DirectFormat#isPrepared}. */
    boolean isPrepared() {
        return format.isPrepared();
    }

    /** See {@link DirectFormat#factor}. */
    float factor() {
        return format.factor();
    }

    /** See {@link DirectFormat#prepare}. */
    void prepare(long first, long second, int columns, float[] scales, int offset, int secondOffset) {
        format.prepare(first, second, columns, scales, offset, secondOffset);
    }

    /** See {@link DirectLoops}; all partial sums. */
    void multiply(
            int columns,
            long first,
            long second,
            long rowBytes,
            int pairs,
            int groups,
            float[] x,
            int xOffset,
            float[] scales,
            float[] sums) {
        int vectors = vectors(format, columns);
        try {
            for (int step = 0; step < Lanes.STEPS; step += vectors) {
                loops[columns].invokeExact(first, second, rowBytes, pairs, groups, x, xOffset, step, scales, sums);
            }
        } catch (Throwable e) {
            throw FormatCalls.unchecked(e);
        }
    }
}
