package io.specoffload.plan;

/**
 * What the machine can do, measured or given. A link that is not on the way has an infinite rate: on a machine without
 * an accelerator the link to it, and the accelerator's own rates are the host's.
 *
 * @param pinnedBytesPerSecond host to device, from page-locked memory
 * @param pageableBytesPerSecond host to device, from ordinary memory
 * @param diskBytesPerSecond direct reads
 * @param hostMemoryBytesPerSecond the memory bus, shared by transfers and attention on the host
 * @param deviceMemoryBytesPerSecond memory of the device that runs the feed-forward part and the draft model
 * @param hostFlopPerSecond of the device that runs attention
 * @param deviceFlopPerSecond of the device that runs the feed-forward part and the draft model
 * @param layerOverheadSeconds per layer and sweep
 * @param draftStepOverheadSeconds per pass of the draft model
 * @param sharedCompute whether both models compute on the same device
 */
public record ResourceRates(
        double pinnedBytesPerSecond,
        double pageableBytesPerSecond,
        double diskBytesPerSecond,
        double hostMemoryBytesPerSecond,
        double deviceMemoryBytesPerSecond,
        double hostFlopPerSecond,
        double deviceFlopPerSecond,
        double layerOverheadSeconds,
        double draftStepOverheadSeconds,
        boolean sharedCompute) {}
