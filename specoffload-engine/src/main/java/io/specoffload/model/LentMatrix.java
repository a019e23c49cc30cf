package io.specoffload.model;

import io.specoffload.tensor.Tensor;

/**
 * A matrix [columns, rows] that is lent in pieces of consecutive rows, so that whoever provides it may keep some rows and
 * stream the others through little memory. A product uses the pieces in order and one at a time, and gives each back
 * before it borrows the next one. Used by one thread at a time.
 */
public interface LentMatrix {

    /** The checkpoint's name, for messages. */
    String name();

    /** Inputs. */
    int columns();

    /** Outputs. */
    int rows();

    /** Number of pieces, at least 1. */
    int pieces();

    /**
     * The row with which a piece begins.
     *
     * @param piece from 0; the number of pieces stands for the end
     */
    int firstRow(int piece);

    /**
     * Borrows a piece; waits until it has arrived.
     *
     * @return [columns, the piece's rows]
     */
    Lease<Tensor> piece(int piece);

    /** Some of the rows as a matrix of their own; all views of a matrix are used in the order of their rows. */
    default LentMatrix rows(int from, int count) {
        return new MatrixRows(this, from, count);
    }
}
