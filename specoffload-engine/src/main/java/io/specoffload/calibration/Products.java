package io.specoffload.calibration;

import io.specoffload.backend.Backend;
import io.specoffload.backend.Buffer;
import io.specoffload.calibration.WindowTimes.Work;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Shape;
import io.specoffload.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Products of a matrix with so many columns; the unit is a floating-point operation. */
final class Products implements Work, AutoCloseable {

    /** Of a product that is so short that starting it shows. */
    static final int SMALL_ROWS = 128;

    private static final int LEAST_ROWS = 8;

    /** Products are cut to about this, so that they fit between two turns of other processes. */
    private static final double PRODUCT_SECONDS = 0.002;

    /**
     * Bytes of a matrix at most, as models have them: going for one, packing its activations and waiting for the last thread is a part of its time that
     * longer products would hide.
     */
    private static final long MATRIX_BYTES = 4L << 20;

    /** Vector code that is compiled makes more than one operation in a nanosecond on any processor; else it makes half of one. */
    private static final double SLOWEST_VECTORS = 1e-9;

    private final Backend backend;
    private final boolean vectors;
    private final Matrix matrix;
    private final Buffer x;
    private final int columns;
    private final int most;
    private int rows;
    private @Nullable Buffer out;

    /** @param vectors whether the backend computes with vectors */
    Products(Backend backend, boolean vectors, Matrix matrix, Buffer x, int columns) {
        this(backend, vectors, matrix, x, columns, Integer.MAX_VALUE);
    }

    /** @param mostRows of the matrix in one product */
    private Products(Backend backend, boolean vectors, Matrix matrix, Buffer x, int columns, int mostRows) {
        this.backend = backend;
        this.vectors = vectors;
        this.matrix = matrix;
        this.x = x;
        this.columns = columns;
        long usual = Math.max(LEAST_ROWS, MATRIX_BYTES / matrix.all.rowBytes());
        most = (int) Math.min(Math.min(mostRows, usual), matrix.all.rows());
        rows = Math.min(LEAST_ROWS, most);
    }

    /** The same, so short that starting it shows. */
    Products small() {
        return new Products(backend, vectors, matrix, x, columns, SMALL_ROWS);
    }

    /** Floating-point operations of a run. */
    double operations() {
        return operations(rows);
    }

    /** The same of so many rows. */
    double operations(int ofRows) {
        return 2.0 * ofRows * matrix.all.columns() * columns;
    }

    @Override
    public double run() {
        Buffer result = out;
        if (result == null) {
            result = backend.allocate(columns * rows);
            out = result;
        }
        backend.kernels().matmul(matrix.piece(rows), x, columns, result);
        return operations();
    }

    @Override
    public boolean counts(double seconds) {
        if (seconds >= PRODUCT_SECONDS / 2 || rows == most) {
            return true;
        }
        rows = (int) Math.min(most, Math.min(4L * rows, (long) (rows * PRODUCT_SECONDS / seconds)));
        close();
        return false;
    }

    @Override
    public boolean plausible(double secondsPerUnit) {
        return !vectors || secondsPerUnit < SLOWEST_VECTORS;
    }

    @Override
    public void close() {
        if (out != null) {
            out.close();
            out = null;
        }
    }

    /** The weights of a type, walked through in pieces. */
    static final class Matrix {

        private final Tensor all;
        private int next;

        Matrix(DType type, MemorySegment bytes, int width) {
            long rowBytes = type.bytesFor(width);
            int rows = Math.toIntExact(bytes.byteSize() / rowBytes);
            all = new Tensor("probe", type, new Shape(width, rows), bytes.asSlice(0, rows * rowBytes));
        }

        Tensor piece(int rows) {
            if (next + rows > all.rows()) {
                next = 0;
            }
            Tensor piece = all.rows(next, rows);
            next += rows;
            return piece;
        }
    }
}
