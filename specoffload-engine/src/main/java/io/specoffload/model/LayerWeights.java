package io.specoffload.model;

/**
 * How a layer reaches its weights. Small ones are simply there; matrices are lent piece by piece ({@link LentMatrix}) and
 * experts one by one, each for the time of its use, so that whoever provides them may stream them through a few buffers.
 */
public interface LayerWeights {

    AttentionWeights attention();

    /** Of a layer with a dense feed-forward. */
    DenseWeights dense();

    /** Of a layer of experts. */
    RouterWeights router();

    /**
     * Of a layer of experts: those that a batch needs.
     *
     * @param ids expert numbers, ascending
     */
    Lease<ExpertWeights> experts(int... ids);
}
