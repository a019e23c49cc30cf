package io.specoffload.backend.cpu.vector;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** Calls the {@link SingleRowLoops} of one format, a copy of the class, through handles that the compiler does not see through. */
final class SingleRowCalls {

    /** Columns of activations from which on these loops are faster than {@link DirectLoops}. */
    static final int LEAST_COLUMNS = 5;

    /** Columns of activations in the widest loop. */
    static final int COLUMNS = 12;

    private static final int[] WIDTHS = {6, 8, COLUMNS};

    private final MethodHandle[] loops = new MethodHandle[COLUMNS + 1];

    /** Loops of a format whose groups lie apart from others and need no preparation: see {@link #fit}. */
    SingleRowCalls(DirectFormat format) {
        MethodType type = MethodType.methodType(
                void.class,
                long.class,
                long.class,
                int.class,
                int.class,
                float[].class,
                int.class,
                int.class,
                float[].class,
                int.class);
        MethodHandles.Lookup copy = LoopTemplate.copy("SingleRowLoops", format);
        try {
            for (int columns : WIDTHS) {
                loops[columns] = copy.findStatic(copy.lookupClass(), "columns" + columns, type);
            }
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("the kernels of " + format.type(), e);
        }
    }

    /**
     * Whether these loops pay for a format. Not where registers are many; nor where nothing is decoded, since each pass reads half of all
     * lines of the rows again; nor where a scale is not found beside its group.
     */
    static boolean fit(DirectFormat format) {
        return Lanes.L < 16
                && format.groupBytes() > 0
                && format.groupBytes() < 32 * Float.BYTES
                && !format.isPrepared();
    }

    /** The columns of the narrowest loop that has room for some. */
    static int width(int columns) {
        for (int width : WIDTHS) {
            if (columns <= width) {
                return width;
            }
        }
        throw new IllegalArgumentException(columns + " columns, at most " + COLUMNS);
    }

    /** See {@link SingleRowLoops}. */
    void multiply(
            int columns,
            long firstRow,
            long rowBytes,
            int rows,
            int groups,
            float[] x,
            int xOffset,
            int step,
            float[] sums,
            int sumsOffset) {
        try {
            loops[columns].invokeExact(firstRow, rowBytes, rows, groups, x, xOffset, step, sums, sumsOffset);
        } catch (Throwable e) {
            throw FormatCalls.unchecked(e);
        }
    }
}
