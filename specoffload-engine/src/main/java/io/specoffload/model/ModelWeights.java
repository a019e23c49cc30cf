package io.specoffload.model;

/** All weights of a model, wherever they lie. */
public interface ModelWeights {

    OuterWeights outer();

    LayerWeights layer(int index);
}
