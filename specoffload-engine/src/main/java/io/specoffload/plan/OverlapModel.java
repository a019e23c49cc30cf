package io.specoffload.plan;

/**
 * How long a round takes in each way to overlap streaming, verification and drafting. All arguments are seconds and
 * belong to the group that a round verifies or drafts for.
 */
public final class OverlapModel {

    private OverlapModel() {}

    /**
     * One group, verified in every sweep, with drafts made between sweeps while the stream runs on into staging.
     *
     * <p>Compute never overlaps drafting, since the same sequences are drafted for and verified; the stream overlaps
     * both, but rests once staging is full. Without staging this is serial decoding: the stream stops while drafting,
     * and filling the pipe costs one layer more.
     *
     * @param io streaming time of one sweep; 0 for resident weights
     * @param compute verification of all sequences, without waits
     * @param draft drafting for all sequences
     * @param staging streaming time of what staging can take in
     * @param layers layers of the target
     */
    public static double oneGroup(double io, double compute, double draft, double staging, int layers) {
        double period = Math.max(compute + draft, io + Math.max(0, draft - staging));
        return staging > 0 || io == 0 ? period : period + Math.min(io, compute) / layers;
    }

    /**
     * Two groups in rotation: one is verified while the other is drafted for.
     *
     * @param io streaming time of one sweep
     * @param compute verification of one group, without waits
     * @param draft drafting for one group
     * @param sharedCompute whether both models compute on the same device, so that only streaming is overlapped
     */
    public static double rotation(double io, double compute, double draft, boolean sharedCompute) {
        return Math.max(io, sharedCompute ? compute + draft : Math.max(compute, draft));
    }
}
