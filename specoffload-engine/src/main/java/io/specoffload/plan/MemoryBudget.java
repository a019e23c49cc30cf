package io.specoffload.plan;

/**
 * Memory that a plan may use, in bytes.
 *
 * @param device of the accelerator; 0 where there is none
 * @param host of the process
 * @param disk for model files and what is spilled
 */
public record MemoryBudget(long device, long host, long disk) {}
