package io.specoffload.model;

import io.specoffload.model.LayerWeights.Lease;
import io.specoffload.tensor.Tensor;

/** How a model reaches the weights outside its layers: borrowed for the time of their use, as a layer's are. */
public interface OuterWeights {

    /**
     * The embeddings of a pass's tokens.
     *
     * @param tokens the first {@code n} count
     */
    Lease<EmbeddingRows> embedding(int[] tokens, int n);

    /** [width], after the last layer. */
    Tensor norm();

    /** Number of pieces of the output head, at least 1. */
    int headPieces();

    /** A piece of the output head; those of a pass are borrowed in order, one at a time. */
    Lease<HeadRows> head(int piece);

    /**
     * A table that holds what a pass needs of the embedding, maybe not more.
     *
     * @param table [width, some rows]
     * @param rows the row of each token of the pass
     */
    record EmbeddingRows(Tensor table, int[] rows) {}

    /**
     * Consecutive rows of the output head.
     *
     * @param weight [width, some rows]
     * @param from the token whose logit the first row computes
     */
    record HeadRows(Tensor weight, int from) {}
}
