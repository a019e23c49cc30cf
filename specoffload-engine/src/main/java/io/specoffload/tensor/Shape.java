package io.specoffload.tensor;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The extents of a tensor, innermost first as in GGUF: a weight matrix that maps {@code columns} inputs to
 * {@code rows} outputs has the shape {@code [columns, rows]}; stacked experts add a third extent.
 *
 * @param extents one to four positive extents
 */
public record Shape(long... extents) {

    public Shape {
        if (extents.length < 1 || extents.length > 4) {
            throw new IllegalArgumentException("a tensor has 1 to 4 dimensions, not " + extents.length);
        }
        extents = extents.clone();
        for (long extent : extents) {
            if (extent <= 0) {
                throw new IllegalArgumentException("extents must be positive: " + Arrays.toString(extents));
            }
        }
    }

    @Override
    public long[] extents() {
        return extents.clone();
    }

    /** Number of dimensions, 1 to 4. */
    public int rank() {
        return extents.length;
    }

    /** Extent of the innermost dimension: the inputs of a weight matrix. */
    public int columns() {
        return Math.toIntExact(extents[0]);
    }

    /** Product of all outer extents: the outputs of a weight matrix. */
    public int rows() {
        return Math.toIntExact(elements() / extents[0]);
    }

    /** The extent of dimension {@code i}, 1 where the shape has fewer dimensions. */
    public long extent(int i) {
        return i < extents.length ? extents[i] : 1;
    }

    /** Product of the extents. */
    public long elements() {
        long product = 1;
        for (long extent : extents) {
            product = Math.multiplyExact(product, extent);
        }
        return product;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(extents, shape.extents);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(extents);
    }

    @Override
    public String toString() {
        return Arrays.stream(extents).mapToObj(Long::toString).collect(Collectors.joining(", ", "[", "]"));
    }
}
