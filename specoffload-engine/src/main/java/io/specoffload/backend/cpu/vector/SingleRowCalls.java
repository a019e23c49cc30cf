package io.specoffload.backend.cpu.vector;

import java.io.IOException;
import java.io.InputStream;
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

    private final DirectFormat format;
    private final MethodHandle[] loops = new MethodHandle[COLUMNS + 1];

    /** Loops of a format whose groups lie apart from others and need no preparation: see {@link #fit}. */
    SingleRowCalls(DirectFormat format) {
        this.format = format;
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
        try {
            MethodHandles.Lookup copy = MethodHandles.lookup().defineHiddenClassWithClassData(template(), format, true);
            for (int columns : WIDTHS) {
                loops[columns] = copy.findStatic(copy.lookupClass(), "columns" + columns, type);
            }
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("the kernels of " + format.type(), e);
        }
    }

    /** Whether these loops pay for a format: not where registers are many, nor where weights take no decoding, since each pass reads all lines of the rows. */
    static boolean fit(DirectFormat format) {
        return Lanes.L < 16 && format.groupBytes() > 0 && format.groupBytes() < 128 && !format.isPrepared();
    }

    private static byte[] template() {
        try (InputStream stream = SingleRowCalls.class.getResourceAsStream("SingleRowLoops.class")) {
            if (stream == null) {
                throw new LinkageError("SingleRowLoops.class is missing");
            }
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new LinkageError("SingleRowLoops.class", e);
        }
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

    /** See {@link DirectFormat#groupBytes}. */
    int groupBytes() {
        return format.groupBytes();
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
