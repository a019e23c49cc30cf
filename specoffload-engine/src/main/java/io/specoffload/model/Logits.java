package io.specoffload.model;

/**
 * The logits of a forward pass, row-major [rows][vocabulary], in the order in which the batch asked for them. Borrowed:
 * valid until the executor's next pass.
 *
 * @param values at least rows * vocabulary floats
 * @param rows number of rows
 * @param vocabulary floats per row
 */
public record Logits(float[] values, int rows, int vocabulary) {

    /** Index of the first logit of row {@code row}. */
    public int offset(int row) {
        if (row < 0 || row >= rows) {
            throw new IndexOutOfBoundsException("row " + row + " of " + rows);
        }
        return row * vocabulary;
    }
}
