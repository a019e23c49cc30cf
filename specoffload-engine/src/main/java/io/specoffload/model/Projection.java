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
        pass.kernels().matmul(weight, x, pass.rows(), out);
        if (bias != null) {
            pass.kernels().addBias(out, bias, pass.rows());
        }
    }
}
