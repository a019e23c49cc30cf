package io.specoffload.engine;

import org.jspecify.annotations.Nullable;

/**
 * What happens when a model is larger than the memory it may take.
 *
 * @param memoryBudget bytes that models, caches and buffers may take together; null for what the machine or container
 *     has left
 * @param stagingBytes memory that streamed weights pass through at most; 0 to choose by the plan and the budget
 * @param stagingLayers the same in layers, of each what streams; 0 for {@code stagingBytes}
 * @param readRate bytes per second to read from disk at most; 0 for no limit
 */
public record OffloadSettings(@Nullable Long memoryBudget, long stagingBytes, int stagingLayers, long readRate) {

    /** No budget of its own, no limits. */
    public static final OffloadSettings DEFAULT = new OffloadSettings(null, 0, 0, 0);

    public OffloadSettings {
        if (memoryBudget != null && memoryBudget < 1) {
            throw new IllegalArgumentException("memoryBudget is " + memoryBudget + ", but must be at least 1 byte");
        }
        if (stagingBytes < 0) {
            throw new IllegalArgumentException(
                    "stagingBytes is " + stagingBytes + ", but must be above 0, or 0 for automatic");
        }
        if (stagingLayers != 0 && (stagingLayers < 2 || stagingLayers > 1024)) {
            throw new IllegalArgumentException(
                    "stagingLayers is " + stagingLayers + ", but must be between 2 and 1024, or 0 for automatic");
        }
        if (readRate < 0) {
            throw new IllegalArgumentException("readRate is " + readRate + ", but must be 0 or more");
        }
    }

    OffloadSettings withMemoryBudget(@Nullable Long value) {
        return new OffloadSettings(value, stagingBytes, stagingLayers, readRate);
    }

    OffloadSettings withStagingBytes(long value) {
        return new OffloadSettings(memoryBudget, value, stagingLayers, readRate);
    }

    OffloadSettings withStagingLayers(int value) {
        return new OffloadSettings(memoryBudget, stagingBytes, value, readRate);
    }

    /** Whether staging is not to be chosen by the plan. */
    boolean hasStaging() {
        return stagingBytes != 0 || stagingLayers != 0;
    }

    /**
     * Bytes that streamed weights pass through at most, 0 for automatic.
     *
     * @param layerBytes what of a layer streams
     */
    long staging(long layerBytes) {
        return stagingLayers == 0 ? stagingBytes : Math.max(1, stagingLayers * layerBytes);
    }

    OffloadSettings withReadRate(long value) {
        return new OffloadSettings(memoryBudget, stagingBytes, stagingLayers, value);
    }
}
