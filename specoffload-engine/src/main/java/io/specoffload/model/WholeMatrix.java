package io.specoffload.model;

import io.specoffload.tensor.Tensor;

/**
 * A matrix that lies in memory in one place; borrowing it costs nothing.
 *
 * @param weights [columns, rows]
 */
public record WholeMatrix(Tensor weights) implements LentMatrix, Lease<Tensor> {

    @Override
    public String name() {
        return weights.name();
    }

    @Override
    public int columns() {
        return weights.columns();
    }

    @Override
    public int rows() {
        return weights.rows();
    }

    @Override
    public int pieces() {
        return 1;
    }

    @Override
    public int firstRow(int piece) {
        return piece == 0 ? 0 : rows();
    }

    @Override
    public Lease<Tensor> piece(int piece) {
        return this;
    }

    @Override
    public LentMatrix rows(int from, int count) {
        return new WholeMatrix(weights.rows(from, count));
    }

    @Override
    public void close() {
        // stays where it is
    }
}
