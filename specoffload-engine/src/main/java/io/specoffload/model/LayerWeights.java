package io.specoffload.model;

/**
 * How a layer reaches its weights: part by part, each borrowed for the time of its use, so that whoever provides them
 * may stream them through a few buffers.
 */
public interface LayerWeights {

    Lease<AttentionWeights> attention();

    /** Of a layer with a dense feed-forward. */
    Lease<DenseWeights> dense();

    /** Of a layer of experts. */
    Lease<RouterWeights> router();

    /**
     * Of a layer of experts: those that a batch needs.
     *
     * @param ids expert numbers, ascending
     */
    Lease<ExpertWeights> experts(int... ids);

    /** Weights that may be used until closed. */
    interface Lease<T> extends AutoCloseable {

        T weights();

        @Override
        void close();
    }
}
