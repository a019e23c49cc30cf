package io.specoffload.plan;

import io.specoffload.tensor.DType;
import java.util.List;

/**
 * Which settings a planner tries.
 *
 * @param slots sequences in flight
 * @param groups 1, 2 or both
 * @param candidates per sequence and round
 * @param stagingBytes memory for staging
 * @param prefillChunks prompt rows per pass
 * @param kvTypes elements of the caches, the preferred ones first: a later one need not give the same tokens
 * @param kvGain what counts must be so many times better, above 1, for a later type of cache to be taken; infinite to take
 *     it only where nothing fits with an earlier one
 */
public record SearchSpace(
        List<Integer> slots,
        List<Integer> groups,
        List<Integer> candidates,
        List<Long> stagingBytes,
        List<Integer> prefillChunks,
        List<DType> kvTypes,
        double kvGain) {

    public SearchSpace {
        slots = required("slots", slots);
        groups = required("groups", groups);
        candidates = required("candidates", candidates);
        stagingBytes = required("stagingBytes", stagingBytes);
        prefillChunks = required("prefillChunks", prefillChunks);
        kvTypes = required("kvTypes", kvTypes);
        if (!(kvGain >= 1)) {
            throw new IllegalArgumentException("kvGain is " + kvGain + ", but must be at least 1");
        }
    }

    private static <T> List<T> required(String name, List<T> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("there is no value for " + name + " to choose from");
        }
        return List.copyOf(values);
    }

    /** How many settings these are. */
    public int size() {
        return slots.size()
                * groups.size()
                * candidates.size()
                * stagingBytes.size()
                * prefillChunks.size()
                * kvTypes.size();
    }
}
