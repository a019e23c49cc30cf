package io.specoffload.telemetry;

/** Hears of every choice of experts. Called by the computing thread for each layer of each pass: must be quick. */
@FunctionalInterface
public interface RoutingListener {

    /** Does nothing. */
    RoutingListener NONE = (layer, rows, distinct) -> {};

    /**
     * A router has chosen.
     *
     * @param layer index of the layer
     * @param rows rows that were computed together
     * @param distinct experts that at least one of them goes to: whose weights are read
     */
    void routed(int layer, int rows, int distinct);
}
