package io.specoffload.model;

import io.specoffload.backend.Buffer;
import io.specoffload.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A linear map.
 *
 * @param weight [inputs, outputs]
 * @param bias [outputs], or null
 */
public record Projection(Tensor weight, @Nullable Tensor bias) {

    /** out = weight * x + bias for every row of the pass. */
    void apply(ForwardPass pass, Buffer x, Buffer out) {
        apply(pass, x, pass.rows(), out);
    }

    /** out = weight * x + bias for n rows. */
    void apply(ForwardPass pass, Buffer x, int n, Buffer out) {
        pass.kernels().matmul(weight, x, n, out);
        if (bias != null) {
            pass.kernels().addBias(out, bias, n);
        }
    }
}
