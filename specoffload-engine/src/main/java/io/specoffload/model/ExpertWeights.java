package io.specoffload.model;

/** The weights of experts of one layer. */
@FunctionalInterface
public interface ExpertWeights {

    /**
     * The weights of expert {@code id}, one of those that were asked for. May wait until they have arrived. Valid until
     * the next call or the lease's end.
     */
    GatedWeights expert(int id);
}
