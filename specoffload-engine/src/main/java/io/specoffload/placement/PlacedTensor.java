package io.specoffload.placement;

import io.specoffload.tensor.TensorRole;

/**
 * What a strategy knows of a tensor.
 *
 * @param name the checkpoint's name
 * @param role what it is for
 * @param layer its layer, or -1
 * @param residentBytes memory it takes if it stays
 * @param stagedBytes most memory it takes of a staging buffer if it streams
 * @param rows extent of the outermost dimension: rows of a matrix, experts of a stack
 */
public record PlacedTensor(String name, TensorRole role, int layer, long residentBytes, long stagedBytes, long rows) {}
