package io.specoffload.pipeline;

/**
 * How the pipeline runs.
 *
 * @param slots sequences that run at once
 * @param queueCapacity sequences that may wait
 * @param candidates candidates drafted per sequence and round
 * @param prefillChunk prompt rows per round over all sequences; bounds how long prefill may delay decoding
 */
public record PipelineSettings(int slots, int queueCapacity, int candidates, int prefillChunk) {}
