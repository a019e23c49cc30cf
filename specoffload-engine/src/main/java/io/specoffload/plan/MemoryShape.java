package io.specoffload.plan;

import java.util.Optional;

/**
 * What takes memory, and how a target that does not fit is divided: arithmetic of a placement, without its tensors.
 *
 * @param budgetBytes all that may be taken
 * @param fixedBytes whatever the setting: the process, headers, the draft model
 * @param slotBytes per slot: the caches of both models for a full context, and logits of as many candidates as are allowed
 * @param rowBytes per row of the largest pass: activations
 * @param alwaysBytes of the target, always in memory: norms, routers
 * @param headBytes the output head (and embedding, if it is one with it)
 * @param layerBytes what one layer may stream, experts excluded, on average
 * @param layers number of layers
 * @param embeddingBytes the embedding where it is not the head; the first to go, read by rows then
 * @param expertBytes one expert; 0 for a dense model
 * @param experts of one layer; 1 for a dense model
 * @param expertsUsed by one row; 1 for a dense model
 */
public record MemoryShape(
        long budgetBytes,
        long fixedBytes,
        long slotBytes,
        long rowBytes,
        long alwaysBytes,
        long headBytes,
        long layerBytes,
        int layers,
        long embeddingBytes,
        long expertBytes,
        int experts,
        int expertsUsed) {

    /**
     * Where a setting leaves the weights.
     *
     * @param memoryBytes all that is taken
     * @param streamedLayerBytes what each layer streams, experts excluded
     * @param streamedHeadBytes what of the output head streams
     * @param stagingLayers buffers of {@code streamedLayerBytes}
     * @param cachedExperts experts of all layers that are in memory
     */
    public record Layout(
            long memoryBytes, long streamedLayerBytes, long streamedHeadBytes, int stagingLayers, long cachedExperts) {}

    private static final int MINIMUM_EXPERTS = 2;

    /** Bytes of the target's weights. */
    public long targetBytes() {
        return alwaysBytes + headBytes + embeddingBytes + layers * layerBytes + allExperts() * expertBytes;
    }

    private long allExperts() {
        return expertBytes == 0 ? 0 : (long) layers * experts;
    }

    /** Bytes that a setting takes before the target's weights. */
    public long withoutTarget(Setting setting) {
        long rows = setting.prefillChunk() + (long) setting.slots() * (setting.candidates() + 1);
        return fixedBytes + setting.slots() * slotBytes + rows * rowBytes;
    }

    /** The division that leaves most in memory, or none if the setting cannot fit. */
    public Optional<Layout> layout(Setting setting) {
        long left = budgetBytes - withoutTarget(setting);
        if (targetBytes() <= left) {
            return Optional.of(new Layout(withoutTarget(setting) + targetBytes(), 0, 0, 0, allExperts()));
        }
        long room = left - alwaysBytes;
        if (expertBytes > 0) {
            return withExperts(setting, room);
        }
        return dense(setting, room);
    }

    /** Each layer keeps the same share; x bytes of it stream, through s buffers of x bytes. */
    private Optional<Layout> dense(Setting setting, long room) {
        int staging = Math.min(setting.stagingLayers(), layers);
        long forLayers = room - headBytes;
        if (forLayers >= layers * layerBytes) {
            // only the embedding goes, of which a pass reads some rows
            return Optional.of(new Layout(budgetBytes, 0, 0, 0, 0));
        }
        if (staging * layerBytes <= forLayers && staging < layers) {
            long streamed = Math.ceilDiv(layers * layerBytes - forLayers, layers - staging);
            return Optional.of(new Layout(budgetBytes, Math.min(streamed, layerBytes), 0, staging, 0));
        }
        if (staging * layerBytes <= room && staging < layers) {
            // the head streams with the layers, nothing of which stays
            return Optional.of(new Layout(budgetBytes, layerBytes, headBytes, staging, 0));
        }
        return Optional.empty();
    }

    /** Everything but experts stays if possible; the rest of the room caches experts. */
    private Optional<Layout> withExperts(Setting setting, long room) {
        long least = MINIMUM_EXPERTS * expertBytes;
        long forExperts = room - headBytes - layers * layerBytes;
        if (forExperts >= least) {
            long cached = Math.min(allExperts(), forExperts / expertBytes);
            return Optional.of(new Layout(budgetBytes, 0, 0, 0, cached));
        }
        return dense(setting, room - least)
                .map(layout -> new Layout(
                        budgetBytes,
                        layout.streamedLayerBytes(),
                        layout.streamedHeadBytes(),
                        layout.stagingLayers(),
                        MINIMUM_EXPERTS));
    }

    /**
     * Bytes that one sweep reads.
     *
     * @param rows of the pass: the more, the more experts they touch
     */
    public double streamedBytes(Layout layout, double rows) {
        double dense = (double) layers * layout.streamedLayerBytes() + layout.streamedHeadBytes();
        if (expertBytes == 0) {
            return dense;
        }
        double missing = 1 - (double) layout.cachedExperts() / allExperts();
        double touched = ExpertCoverage.distinct(experts, expertsUsed, rows);
        return dense + layers * touched * missing * expertBytes;
    }
}
