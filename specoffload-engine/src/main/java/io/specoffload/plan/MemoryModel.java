package io.specoffload.plan;

/**
 * Memory of a policy, phase by phase, in bytes, with 10% for what is not counted.
 *
 * @param model the target
 * @param draft the draft model
 * @param runtimeBytes the process itself: heap, code, stacks
 */
public record MemoryModel(ModelFootprint model, DraftFootprint draft, long runtimeBytes) {

    private static final double SLACK = 1.1;

    /** Bytes of one layer that a policy streams. */
    private double streamedLayerBytes(Policy policy) {
        return (1 - policy.residentShare()) * (model.experts() * (double) model.expertBytes() + model.sharedBytes());
    }

    private double residentLayerBytes(Policy policy) {
        return policy.residentShare() * (model.experts() * (double) model.expertBytes() + model.sharedBytes());
    }

    private double stagingBytes(Policy policy) {
        int buffers = Math.clamp(policy.stagingLayers(), 2, Math.max(2, model.layers()));
        return buffers * streamedLayerBytes(policy);
    }

    private double activationBytes(int rows) {
        // hidden state, its norm, queries, keys and values, and the feed-forward part's two inner products
        double perRow = 4.0 * model.width() + model.queryWidth() + 2.0 * model.expertsUsed() * model.feedForwardWidth();
        return rows * perRow * model.activationBytes();
    }

    private double logitBytes(Policy policy) {
        return (policy.candidates() + 1.0) * policy.groupSize() * model.vocabulary() * Float.BYTES;
    }

    private double kvTokens(Policy policy, Workload workload) {
        return (double) policy.sequences() * (workload.contextLength() + workload.outputLength() + policy.candidates());
    }

    /** On the accelerator while prompts are prefilled: attention weights, staging, the chunk's cache, activations. */
    public long devicePrefillBytes(Policy policy) {
        double bytes = model.layers() * (double) model.attentionBytes()
                + model.outerBytes()
                + stagingBytes(policy)
                + (double) policy.prefillRows() * model.kvBytesPerToken() * model.layers()
                + activationBytes(policy.prefillRows());
        return (long) Math.ceil(SLACK * bytes);
    }

    /** On the accelerator while decoding: resident parts, staging, the draft model with its cache, activations, logits. */
    public long deviceDecodeBytes(Policy policy, Workload workload) {
        double bytes = model.outerBytes()
                + model.layers() * residentLayerBytes(policy)
                + stagingBytes(policy)
                + draftBytes(policy, workload)
                + activationBytes(policy.rows())
                + logitBytes(policy);
        return (long) Math.ceil(SLACK * bytes);
    }

    private double draftBytes(Policy policy, Workload workload) {
        return policy.candidates() == 0 ? 0 : draft.bytes() + kvTokens(policy, workload) * draft.kvBytesPerToken();
    }

    /** On the host beside an accelerator: weights that are neither resident there nor on disk, caches, staging. */
    public long hostBytes(Policy policy, Workload workload) {
        double weights =
                model.layers() * (model.attentionBytes() + streamedLayerBytes(policy) * (1 - policy.diskShare()));
        double bytes = weights
                + kvTokens(policy, workload) * model.kvBytesPerToken() * model.layers()
                + (policy.diskShare() > 0 ? stagingBytes(policy) : 0)
                + runtimeBytes;
        return (long) Math.ceil(SLACK * bytes);
    }

    /** On the host where it computes everything and weights stream from disk. */
    public long hostOnlyBytes(Policy policy, Workload workload) {
        double bytes = model.outerBytes()
                + model.layers() * (model.attentionBytes() + residentLayerBytes(policy))
                + stagingBytes(policy)
                + kvTokens(policy, workload) * model.kvBytesPerToken() * model.layers()
                + draftBytes(policy, workload)
                + activationBytes(policy.rows())
                + logitBytes(policy)
                + runtimeBytes;
        return (long) Math.ceil(SLACK * bytes);
    }

    /** Whether every phase fits. */
    public boolean fits(Policy policy, Workload workload, MemoryBudget budget) {
        if (model.bytes() > budget.disk()) {
            return false;
        }
        if (budget.device() == 0) {
            return hostOnlyBytes(policy, workload) <= budget.host();
        }
        return devicePrefillBytes(policy) <= budget.device()
                && deviceDecodeBytes(policy, workload) <= budget.device()
                && hostBytes(policy, workload) <= budget.host();
    }
}
