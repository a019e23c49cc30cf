package io.specoffload.plan;

import io.specoffload.plan.Plan.Resource;

/**
 * Times of a policy on a machine, term by term. Follows SpecOffload's cost model (arXiv 2505.10259) with the exact
 * expectation of accepted tokens, expert coverage, context length in attention, and next-layer prefetch.
 *
 * @param model the target
 * @param draft the draft model
 * @param rates the machine
 */
public record CostModel(ModelFootprint model, DraftFootprint draft, ResourceRates rates) {

    /** Bytes of one layer that a sweep of {@code rows} rows streams: experts that it touches, and the shared part. */
    public double streamedBytesPerLayer(Policy policy, int rows) {
        double experts = model.experts() == 1 ? 1 : ExpertCoverage.distinct(model.experts(), model.expertsUsed(), rows);
        return (1 - policy.residentShare()) * (experts * model.expertBytes() + model.sharedBytes());
    }

    /** Seconds to bring one layer's streamed bytes to the device; pinned and pageable shares have different rates. */
    public double linkSecondsPerLayer(Policy policy, int rows) {
        double secondsPerByte = policy.pinnedShare() / rates.pinnedBytesPerSecond()
                + (1 - policy.pinnedShare()) / rates.pageableBytesPerSecond();
        return streamedBytesPerLayer(policy, rows) * secondsPerByte;
    }

    /** Seconds to read one layer's streamed bytes from disk, as far as they lie there. */
    public double diskSecondsPerLayer(Policy policy, int rows) {
        return streamedBytesPerLayer(policy, rows) * policy.diskShare() / rates.diskBytesPerSecond();
    }

    /** Seconds that one layer's transfers and the keys and values of the group take on the host's memory bus. */
    public double hostMemorySecondsPerLayer(Policy policy, Workload workload, int rows) {
        double streamed = streamedBytesPerLayer(policy, rows);
        double bytes = streamed * (1 + policy.diskShare()) + kvBytes(policy, workload);
        return bytes / rates.hostMemoryBytesPerSecond();
    }

    private double kvBytes(Policy policy, Workload workload) {
        return (double) policy.groupSize()
                * (workload.contextLength() + policy.candidates() + 1)
                * model.kvBytesPerToken();
    }

    /** Seconds of one layer's attention: its projections, and the larger of reading the cache and computing scores. */
    public double attentionSecondsPerLayer(Policy policy, Workload workload) {
        double projections = policy.rows() * 2.0 * model.attentionParameters() / rates.hostFlopPerSecond();
        double read = kvBytes(policy, workload) / rates.hostMemoryBytesPerSecond();
        double scores = 4.0
                * policy.groupSize()
                * (policy.candidates() + 1)
                * workload.contextLength()
                * model.queryWidth()
                / rates.hostFlopPerSecond();
        return projections + Math.max(read, scores);
    }

    /** Seconds to bring one layer's activations to the device and back. */
    public double activationSecondsPerLayer(Policy policy) {
        return 2.0 * policy.rows() * model.width() * model.activationBytes() / rates.pinnedBytesPerSecond();
    }

    /** Seconds of one layer's feed-forward part: the larger of computing and reading the weights. */
    public double feedForwardSecondsPerLayer(Policy policy) {
        int rows = policy.rows();
        double experts = model.experts() == 1 ? 1 : ExpertCoverage.distinct(model.experts(), model.expertsUsed(), rows);
        double compute = 2.0 * rows * model.expertsUsed() * model.expertParameters() / rates.deviceFlopPerSecond();
        double read = experts * model.expertBytes() / rates.deviceMemoryBytesPerSecond();
        double shared = Math.max(
                2.0 * rows * model.sharedParameters() / rates.deviceFlopPerSecond(),
                model.sharedBytes() / rates.deviceMemoryBytesPerSecond());
        return Math.max(compute, read) + shared;
    }

    /** Seconds of the output head for a group's rows. */
    public double headSeconds(Policy policy) {
        int rows = policy.groupSize() * (policy.candidates() + 1);
        return Math.max(
                2.0 * rows * model.headParameters() / rates.deviceFlopPerSecond(),
                model.outerBytes() / 2.0 / rates.deviceMemoryBytesPerSecond());
    }

    /** Seconds of computing of one sweep, waits for weights excluded. */
    public double computeSeconds(Policy policy, Workload workload) {
        double layer = attentionSecondsPerLayer(policy, workload)
                + activationSecondsPerLayer(policy)
                + feedForwardSecondsPerLayer(policy)
                + rates.layerOverheadSeconds();
        return model.layers() * layer + headSeconds(policy);
    }

    /** Seconds of streaming of one sweep: the slowest of link, disk and memory bus. */
    public double ioSeconds(Policy policy, Workload workload) {
        int rows = policy.rows();
        return model.layers()
                * Math.max(
                        linkSecondsPerLayer(policy, rows),
                        Math.max(
                                diskSecondsPerLayer(policy, rows),
                                policy.residentShare() == 1 ? 0 : hostMemorySecondsPerLayer(policy, workload, rows)));
    }

    /** Seconds of one sweep with the next layer's transfer under this layer's compute. */
    public double sweepSeconds(Policy policy, Workload workload) {
        return Math.max(ioSeconds(policy, workload), computeSeconds(policy, workload));
    }

    /** Seconds of one sweep of the published code: nothing but attention is overlapped with a layer's transfer. */
    public double publishedSweepSeconds(Policy policy, Workload workload) {
        double layer = Math.max(attentionSecondsPerLayer(policy, workload), linkSecondsPerLayer(policy, policy.rows()))
                + activationSecondsPerLayer(policy)
                + feedForwardSecondsPerLayer(policy)
                + rates.layerOverheadSeconds();
        return model.layers() * layer + headSeconds(policy);
    }

    /** Seconds of one pass of the draft model over {@code sequences} sequences. */
    public double draftStepSeconds(int sequences) {
        return Math.max(
                        draft.bytes() / rates.deviceMemoryBytesPerSecond(),
                        sequences * draft.flopPerToken() / rates.deviceFlopPerSecond())
                + rates.draftStepOverheadSeconds();
    }

    /** Seconds of drafting for a group, chunk by chunk, with the draft's cache in place. */
    public double draftSeconds(Policy policy) {
        int full = policy.groupSize() / policy.draftBatchSize();
        int rest = policy.groupSize() % policy.draftBatchSize();
        double step = full * draftStepSeconds(policy.draftBatchSize()) + (rest == 0 ? 0 : draftStepSeconds(rest));
        return policy.candidates() * step;
    }

    /** How the draft's context comes back where its cache does not stay in place. */
    public enum DraftContext {
        RESIDENT,
        SWAPPED,
        RECOMPUTED
    }

    /** Seconds, per round and group, to have the draft's context in place. */
    public double draftContextSeconds(Policy policy, Workload workload, DraftContext context) {
        double tokens = (double) policy.groupSize() * workload.contextLength();
        return switch (context) {
            case RESIDENT -> 0;
            case SWAPPED -> tokens * draft.kvBytesPerToken() / rates.pinnedBytesPerSecond();
            case RECOMPUTED -> tokens * draft.flopPerToken() / rates.deviceFlopPerSecond();
        };
    }

    /** Seconds from one verification to the next. */
    public double roundSeconds(Policy policy, Workload workload) {
        double io = ioSeconds(policy, workload);
        double compute = computeSeconds(policy, workload);
        double drafting = draftSeconds(policy);
        if (policy.groups() == 1) {
            double staging = io * Math.min(policy.stagingLayers(), model.layers()) / model.layers();
            return OverlapModel.oneGroup(io, compute, drafting, staging, model.layers());
        }
        return OverlapModel.rotation(io, compute, drafting, rates.sharedCompute());
    }

    /** Tokens per second where finished sequences are replaced at once. */
    public double tokensPerSecond(Policy policy, Workload workload) {
        return policy.groupSize()
                * ExpectedTokens.independent(workload.acceptance(), policy.candidates())
                / roundSeconds(policy, workload);
    }

    /**
     * Useful tokens per second of a batch that ends with its slowest sequence.
     *
     * @param prefillSeconds for both groups
     * @param roundsOfTheSlowest expected verifications of the sequence that takes most
     */
    public double staticTokensPerSecond(
            Policy policy, Workload workload, double prefillSeconds, double roundsOfTheSlowest) {
        double useful = (double) policy.sequences() * workload.outputLength();
        return useful / (prefillSeconds + policy.groups() * roundsOfTheSlowest * roundSeconds(policy, workload));
    }

    /** The policy with its figures. */
    public Plan plan(Policy policy, Workload workload, MemoryModel memory) {
        double seconds = roundSeconds(policy, workload);
        double tokens = policy.groupSize() * ExpectedTokens.independent(workload.acceptance(), policy.candidates());
        return new Plan(
                policy,
                sweepSeconds(policy, workload),
                draftSeconds(policy),
                seconds,
                tokens,
                tokens / seconds,
                memory.deviceDecodeBytes(policy, workload),
                memory.hostBytes(policy, workload),
                binding(policy, workload));
    }

    private Resource binding(Policy policy, Workload workload) {
        double io = ioSeconds(policy, workload);
        double compute = computeSeconds(policy, workload);
        double drafting = draftSeconds(policy);
        boolean serialized = policy.groups() == 1 || rates.sharedCompute();
        if (io >= (serialized ? compute + drafting : Math.max(compute, drafting))) {
            int rows = policy.rows();
            double link = linkSecondsPerLayer(policy, rows);
            double disk = diskSecondsPerLayer(policy, rows);
            double bus = hostMemorySecondsPerLayer(policy, workload, rows);
            return disk >= Math.max(link, bus) ? Resource.DISK : link >= bus ? Resource.LINK : Resource.HOST_MEMORY;
        }
        return drafting > compute ? Resource.DRAFT : Resource.COMPUTE;
    }
}
