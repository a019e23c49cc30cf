package io.specoffload.model;

import io.specoffload.backend.Buffer;
import io.specoffload.backend.Kernels;

/** The activation of a gated feed-forward. */
enum Gating {
    SILU,
    GELU,
    CLAMPED_SWIGLU;

    /** Slope and limit of the clamped gate: constants of gpt-oss, which its files do not give. */
    private static final float ALPHA = 1.702f;

    private static final float LIMIT = 7f;

    /** down(activation(gate(x)) * up(x)) for n rows of x; uses the pass's gate and up buffers. */
    void apply(ForwardPass pass, GatedWeights weights, Buffer x, int n, Buffer out) {
        Kernels kernels = pass.kernels();
        Buffer gate = pass.activations().gate;
        Buffer up = pass.activations().up;
        weights.gate().apply(pass, x, n, gate);
        weights.up().apply(pass, x, n, up);
        int elements = n * weights.gate().outputs();
        switch (this) {
            case SILU -> kernels.swiglu(gate, up, elements);
            case GELU -> kernels.geglu(gate, up, elements);
            case CLAMPED_SWIGLU -> kernels.clampedSwiglu(gate, up, ALPHA, LIMIT, elements);
        }
        weights.down().apply(pass, gate, n, out);
    }
}
