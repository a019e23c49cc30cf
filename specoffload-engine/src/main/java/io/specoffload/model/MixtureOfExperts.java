package io.specoffload.model;

import io.specoffload.backend.Kernels;

/**
 * A gated feed-forward of which every token passes the few experts that the router scores highest, weighted by the
 * softmax of the scores over the chosen ones (Mixtral, arXiv 2401.04088; Qwen3-MoE and gpt-oss likewise). The rows of a batch are
 * grouped by expert, so that each expert's weights are read once; experts add their part in ascending order, so that a
 * row's sum does not depend on the rows beside it.
 *
 * @param layer its index, for telemetry
 * @param gating the experts' activation
 * @param used experts per token
 * @param epsilon of the norm
 */
record MixtureOfExperts(int layer, Gating gating, int used, float epsilon) implements FeedForward {

    @Override
    public void forward(ForwardPass pass, LayerWeights weights) {
        ExpertRouting routing = route(pass, weights);
        try (Lease<ExpertWeights> lease = weights.experts(routing.experts())) {
            for (int i = 0; i < routing.experts().length; i++) {
                addExpert(pass, routing, i, lease.weights().expert(routing.experts()[i]));
            }
        }
    }

    private ExpertRouting route(ForwardPass pass, LayerWeights layerWeights) {
        RouterWeights weights = layerWeights.router();
        Activations a = pass.activations();
        int n = pass.rows();
        pass.normHidden(weights.norm(), epsilon);
        weights.router().apply(pass, a.normed, a.scores);
        pass.routing().choose(a.scores, n, weights.router().outputs(), used);
        pass.routingListener().routed(layer, n, pass.routing().experts().length);
        return pass.routing();
    }

    /** Routes the hidden state as it is, leaving everything else of the pass alone. */
    int[] foresee(ForwardPass pass, LayerWeights layer) {
        RouterWeights weights = layer.router();
        Activations a = pass.activations();
        int n = pass.rows();
        pass.kernels().rmsNorm(a.hidden, weights.norm(), epsilon, n, a.gathered);
        weights.router().apply(pass, a.gathered, a.scores);
        ExpertRouting guess = new ExpertRouting();
        guess.choose(a.scores, n, weights.router().outputs(), used);
        return guess.experts();
    }

    private void addExpert(ForwardPass pass, ExpertRouting routing, int i, GatedWeights weights) {
        Kernels kernels = pass.kernels();
        Activations a = pass.activations();
        int[] rows = routing.rows(i);
        int width = weights.gate().matrix().columns();
        kernels.gatherRows(a.normed, rows, rows.length, width, a.gathered);
        gating.apply(pass, weights, a.gathered, rows.length, a.projected);
        kernels.addScattered(a.projected, rows, routing.factors(i), width, a.hidden);
    }
}
