package io.specoffload.backend;

/**
 * Rotary position embedding as plain numbers: the angle of pair i at position p is {@code p * frequencies[i]}, its
 * cosine and sine multiplied by {@code magnitude}. All scaling (linear, frequency factors, YaRN) is already in these.
 *
 * @param frequencies one per rotated pair, [rotatedDimensions / 2]
 * @param magnitude factor on both cosine and sine (YaRN's attention factor), else 1
 * @param interleaved pairs are (2i, 2i+1) if true, else (i, i + rotatedDimensions / 2)
 */
public record RopeTable(float[] frequencies, float magnitude, boolean interleaved) {}
