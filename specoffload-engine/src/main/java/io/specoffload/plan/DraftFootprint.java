package io.specoffload.plan;

/**
 * A draft model's sizes.
 *
 * @param bytes all weights
 * @param flopPerToken about twice the number of parameters
 * @param kvBytesPerToken bytes of keys and values per token over all layers
 */
public record DraftFootprint(long bytes, double flopPerToken, long kvBytesPerToken) {}
