package io.specoffload.model;

import io.specoffload.tensor.Tensor;

/**
 * Some rows of a matrix that holds several in one, as the projections of queries, keys and values. A piece in which one
 * ends and the next begins goes back to its owner only when the last of its rows was used.
 */
final class MatrixRows implements LentMatrix {

    private final LentMatrix whole;
    private final int from;
    private final int rows;

    /** The pieces of the whole that have rows of these. */
    private final int first;

    private final int pieces;

    MatrixRows(LentMatrix whole, int from, int rows) {
        if (from < 0 || rows < 1 || (long) from + rows > whole.rows()) {
            throw new IllegalArgumentException(
                    whole.name() + ": no rows " + from + " to " + (from + rows - 1L) + ", there are " + whole.rows());
        }
        this.whole = whole;
        this.from = from;
        this.rows = rows;
        int begin = 0;
        while (whole.firstRow(begin + 1) <= from) {
            begin++;
        }
        int end = begin + 1;
        while (whole.firstRow(end) < from + rows) {
            end++;
        }
        this.first = begin;
        this.pieces = end - begin;
    }

    @Override
    public String name() {
        return whole.name() + "[" + from + ".." + (from + rows - 1) + "]";
    }

    @Override
    public int columns() {
        return whole.columns();
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int pieces() {
        return pieces;
    }

    @Override
    public int firstRow(int piece) {
        return Math.clamp(whole.firstRow(first + piece) - (long) from, 0, rows);
    }

    @Override
    public Lease<Tensor> piece(int piece) {
        Lease<Tensor> lease = whole.piece(first + piece);
        Tensor all = lease.weights();
        int start = from + firstRow(piece) - whole.firstRow(first + piece);
        int count = firstRow(piece + 1) - firstRow(piece);
        return new Part(all.rows(start, count), lease, start + count == all.rows());
    }

    private record Part(Tensor weights, Lease<Tensor> whole, boolean last) implements Lease<Tensor> {

        @Override
        public void close() {
            if (last) {
                whole.close();
            }
        }
    }
}
