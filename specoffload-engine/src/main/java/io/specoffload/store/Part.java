package io.specoffload.store;

/** What of a layer, or behind the layers, is borrowed at once. Experts are borrowed one by one. */
public enum Part {
    ATTENTION,
    FEED_FORWARD,
    OUTPUT_HEAD
}
