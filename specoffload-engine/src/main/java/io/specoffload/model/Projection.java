package io.specoffload.model;

import io.specoffload.backend.Buffer;
import io.specoffload.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A linear map. Its matrix may lie in two places, some rows here and the others there: it is then computed in two
 * products, whose results are those of one, bit for bit.
 *
 * @param weight [inputs, outputs], or the first of the outputs
 * @param rest [inputs, the other outputs], or null if there are none
 * @param bias [outputs], or null
 */
public record Projection(
        Tensor weight, @Nullable Tensor rest, @Nullable Tensor bias) {

    /** Rows that kernels compute together: a product that is cut is cut between them. */
    private static final int PANEL = 16;

    public Projection(Tensor weight, @Nullable Tensor bias) {
        this(weight, null, bias);
    }

    /** out = weight * x + bias for every row of the pass. */
    void apply(ForwardPass pass, Buffer x, Buffer out) {
        apply(pass, x, pass.rows(), out);
    }

    /** out = weight * x + bias for n rows. */
    void apply(ForwardPass pass, Buffer x, int n, Buffer out) {
        if (rest != null) {
            throw new IllegalStateException(weight.name() + " lies in two places, which takes a buffer between");
        }
        pass.kernels().matmul(weight, x, n, out);
        addBias(pass, n, out);
    }

    /**
     * As {@link #apply(ForwardPass, Buffer, int, Buffer)}, in one product or two.
     *
     * @param between at least n * 16 floats, overwritten where there are two; neither x nor out
     */
    void apply(ForwardPass pass, Buffer x, int n, Buffer out, Buffer between) {
        if (rest == null) {
            apply(pass, x, n, out);
            return;
        }
        int outputs = weight.rows() + rest.rows();
        part(pass, weight, x, n, between, out, 0, outputs);
        part(pass, rest, x, n, between, out, weight.rows(), outputs);
        addBias(pass, n, out);
    }

    private static void part(
            ForwardPass pass, Tensor part, Buffer x, int n, Buffer between, Buffer out, int at, int outputs) {
        int fitting = Math.max(1, between.length() / n / PANEL) * PANEL;
        for (int from = 0; from < part.rows(); from += fitting) {
            int count = Math.min(fitting, part.rows() - from);
            Tensor rows = count == part.rows() ? part : part.rows(from, count);
            pass.kernels().matmul(rows, x, n, between);
            pass.kernels().placeColumns(between, n, count, out, at + from, outputs);
        }
    }

    private void addBias(ForwardPass pass, int n, Buffer out) {
        if (bias != null) {
            pass.kernels().addBias(out, bias, n);
        }
    }
}
