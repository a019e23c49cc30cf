package io.specoffload.model;

import io.specoffload.backend.Buffer;
import io.specoffload.backend.Kernels;

/** The activation of a gated feed-forward. */
enum Gating {
    SILU,
    GELU;

    /** down(activation(gate(x)) * up(x)) for n rows of x; uses the pass's gate and up buffers. */
    void apply(ForwardPass pass, GatedWeights weights, Buffer x, int n, Buffer out) {
        Kernels kernels = pass.kernels();
        Buffer gate = pass.activations().gate;
        Buffer up = pass.activations().up;
        kernels.matmul(weights.gate(), x, n, gate);
        kernels.matmul(weights.up(), x, n, up);
        int elements = n * weights.gate().rows();
        switch (this) {
            case SILU -> kernels.swiglu(gate, up, elements);
            case GELU -> kernels.geglu(gate, up, elements);
        }
        kernels.matmul(weights.down(), gate, n, out);
    }
}
