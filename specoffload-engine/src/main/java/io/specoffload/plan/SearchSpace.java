package io.specoffload.plan;

import java.util.List;

/**
 * Which settings a planner tries.
 *
 * @param slots sequences in flight
 * @param groups 1, 2 or both
 * @param candidates per sequence and round
 * @param stagingLayers staging depths
 * @param prefillChunks prompt rows per pass
 */
public record SearchSpace(
        List<Integer> slots,
        List<Integer> groups,
        List<Integer> candidates,
        List<Integer> stagingLayers,
        List<Integer> prefillChunks) {

    public SearchSpace {
        slots = required("slots", slots);
        groups = required("groups", groups);
        candidates = required("candidates", candidates);
        stagingLayers = required("stagingLayers", stagingLayers);
        prefillChunks = required("prefillChunks", prefillChunks);
    }

    private static List<Integer> required(String name, List<Integer> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("there is no value for " + name + " to choose from");
        }
        return List.copyOf(values);
    }

    /** How many settings these are. */
    public int size() {
        return slots.size() * groups.size() * candidates.size() * stagingLayers.size() * prefillChunks.size();
    }
}
