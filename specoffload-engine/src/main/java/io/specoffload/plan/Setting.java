package io.specoffload.plan;

import io.specoffload.tensor.DType;

/**
 * What a planner may choose.
 *
 * @param slots sequences in flight
 * @param groups groups that they are divided into, 1 or 2
 * @param candidates per sequence and round; 0 for no speculation
 * @param stagingBytes memory that weights stream through; without meaning where nothing streams
 * @param prefillChunk prompt rows that ride along with a pass at most
 * @param kvType elements of the caches
 */
public record Setting(int slots, int groups, int candidates, long stagingBytes, int prefillChunk, DType kvType) {

    public Setting {
        if (slots < 1 || groups < 1 || groups > 2 || candidates < 0 || stagingBytes < 0 || prefillChunk < 1) {
            throw new IllegalArgumentException(slots + " slots in " + groups + " groups, " + candidates
                    + " candidates, " + stagingBytes + " bytes of staging, chunks of " + prefillChunk);
        }
    }

    Setting withSlots(int value) {
        return new Setting(value, groups, candidates, stagingBytes, prefillChunk, kvType);
    }

    Setting withGroups(int value) {
        return new Setting(slots, value, candidates, stagingBytes, prefillChunk, kvType);
    }

    Setting withCandidates(int value) {
        return new Setting(slots, groups, value, stagingBytes, prefillChunk, kvType);
    }

    Setting withStagingBytes(long value) {
        return new Setting(slots, groups, candidates, value, prefillChunk, kvType);
    }

    Setting withPrefillChunk(int value) {
        return new Setting(slots, groups, candidates, stagingBytes, value, kvType);
    }

    Setting withKvType(DType value) {
        return new Setting(slots, groups, candidates, stagingBytes, prefillChunk, value);
    }
}
