package io.specoffload.model;

import io.specoffload.backend.Buffer;
import io.specoffload.tensor.Tensor;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A linear map. Its matrix may come in pieces, each given back as soon as it was multiplied: the results are those of
 * one product, bit for bit.
 *
 * @param matrix [inputs, outputs]
 * @param bias [outputs], or null
 */
public record Projection(LentMatrix matrix, @Nullable Tensor bias) {

    /** Rows that kernels compute together: a product that is cut is cut between them. */
    private static final int PANEL = 16;

    /** Number of outputs. */
    int outputs() {
        return matrix.rows();
    }

    /** The same, with the matrix lent in another way. */
    Projection lent(UnaryOperator<LentMatrix> by) {
        return new Projection(by.apply(matrix), bias);
    }

    /** out = matrix * x + bias for every row of the pass. */
    void apply(ForwardPass pass, Buffer x, Buffer out) {
        apply(pass, x, pass.rows(), out);
    }

    /** out = matrix * x + bias for n rows; out is not what {@link Activations#between} gives for x. */
    void apply(ForwardPass pass, Buffer x, int n, Buffer out) {
        for (int piece = 0; piece < matrix.pieces(); piece++) {
            try (Lease<Tensor> lease = matrix.piece(piece)) {
                if (matrix.pieces() == 1) {
                    pass.kernels().matmul(lease.weights(), x, n, out);
                } else {
                    part(pass, lease.weights(), x, n, out, matrix.firstRow(piece));
                }
            }
        }
        if (bias != null) {
            pass.kernels().addBias(out, bias, n);
        }
    }

    /** The outputs from a row on: computed side by side, then put where they belong. */
    private void part(ForwardPass pass, Tensor part, Buffer x, int n, Buffer out, int at) {
        Buffer between = pass.activations().between(x);
        int most = between.length() / n;
        int fitting = most < PANEL ? most : most / PANEL * PANEL;
        for (int from = 0; from < part.rows(); from += fitting) {
            int count = Math.min(fitting, part.rows() - from);
            Tensor rows = count == part.rows() ? part : part.rows(from, count);
            pass.kernels().matmul(rows, x, n, between);
            pass.kernels().placeColumns(between, n, count, out, at + from, outputs());
        }
    }
}
