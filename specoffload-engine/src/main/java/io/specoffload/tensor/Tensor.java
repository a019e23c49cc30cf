package io.specoffload.tensor;

import java.lang.foreign.MemorySegment;

/**
 * A named view of stored elements. A tensor owns nothing: its memory lives as long as whoever lent it (a mapped file,
 * a staging buffer) says.
 *
 * @param name the checkpoint's name, for messages
 * @param type element type
 * @param shape extents, innermost first
 * @param data native memory of exactly {@code type.bytesFor(shape.elements())} bytes, rows contiguous
 */
public record Tensor(String name, DType type, Shape shape, MemorySegment data) {

    public Tensor {
        long expected = type.bytesFor(shape.elements());
        if (data.byteSize() != expected) {
            throw new IllegalArgumentException(
                    name + ": " + data.byteSize() + " bytes, but " + type + " " + shape + " takes " + expected);
        }
        if (shape.extent(0) % type.blockSize() != 0) {
            throw new IllegalArgumentException(name + ": rows of " + shape.extent(0) + " do not fill whole blocks");
        }
    }

    /** Inputs of the weight matrix: elements per row. */
    public int columns() {
        return shape.columns();
    }

    /** Outputs of the weight matrix: number of rows. */
    public int rows() {
        return shape.rows();
    }

    /** Bytes from one row to the next. */
    public long rowBytes() {
        return type.bytesFor(shape.extent(0));
    }

    /** Bytes of the whole tensor. */
    public long byteSize() {
        return data.byteSize();
    }

    /**
     * The matrix of the outermost index {@code i}: one expert of a stack.
     *
     * @param i index into the third dimension
     */
    public Tensor slice(int i) {
        Shape matrix = new Shape(shape.extent(0), shape.extent(1));
        long bytes = type.bytesFor(matrix.elements());
        return new Tensor(name + "[" + i + "]", type, matrix, data.asSlice(i * bytes, bytes));
    }

    /**
     * The rows {@code from..from + count - 1} of a matrix or vector, as one of their own.
     *
     * @throws IllegalArgumentException if it has not that many rows
     */
    public Tensor rows(int from, int count) {
        boolean vector = shape.rank() == 1;
        long available = vector ? shape.extent(0) : rows();
        if (from < 0 || count < 1 || (long) from + count > available) {
            throw new IllegalArgumentException(
                    name + ": no rows " + from + " to " + (from + count - 1L) + ", there are " + available);
        }
        Shape part = vector ? new Shape(count) : new Shape(shape.extent(0), count);
        long start = vector ? type.bytesFor(from) : from * rowBytes();
        String range = name + "[" + from + ".." + (from + count - 1) + "]";
        return new Tensor(range, type, part, data.asSlice(start, type.bytesFor(part.elements())));
    }
}
