package io.specoffload.model;

import io.specoffload.tensor.Tensor;

/** How a model reaches the weights outside its layers: lent for the time of their use, as a layer's are. */
public interface OuterWeights {

    /**
     * The embeddings of a pass's tokens.
     *
     * @param tokens the first {@code n} count
     */
    Lease<EmbeddingRows> embedding(int[] tokens, int n);

    /** [width], after the last layer. */
    Tensor norm();

    /** The output head [width, vocabulary]. */
    LentMatrix head();

    /**
     * A table that holds what a pass needs of the embedding, maybe not more.
     *
     * @param table [width, some rows]
     * @param rows the row of each token of the pass
     */
    record EmbeddingRows(Tensor table, int[] rows) {}
}
