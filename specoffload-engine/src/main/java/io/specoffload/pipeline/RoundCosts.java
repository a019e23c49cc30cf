package io.specoffload.pipeline;

import io.specoffload.plan.DerivedRates;
import io.specoffload.plan.RoundForecast;
import io.specoffload.plan.RoundRates;
import io.specoffload.speculative.AcceptanceStatistics;
import org.jspecify.annotations.Nullable;

/** What rounds cost and yield, measured as they go. Belongs to the pipeline's thread. */
final class RoundCosts implements RoundRates {

    private static final double WEIGHT = 0.25;
    /** Weight that a verified sequence keeps at each later one: a memory of about 200 sequences' rounds. */
    private static final double RETENTION = 0.995;

    /** Verified candidates that a foreseen acceptance counts as much as. */
    private static final double FORESEEN = 16;

    private final int maxCandidates;
    private final SweepCosts sweeps;
    private final boolean shared;
    private final AcceptanceStatistics acceptance;
    private final CostCurve compute;
    private final CostCurve draftStep;
    private final @Nullable RoundForecast forecast;
    /** Streaming time per byte that a pass was expected to read. */
    private double ioPerByte;

    /** Rows of the latest pass. */
    private int latestRows = 1;

    private int passes;
    private int drafts;

    /** @param forecast that costs begin with; null to know nothing */
    RoundCosts(int maxCandidates, SweepCosts sweeps, boolean sharedCompute, @Nullable RoundForecast forecast) {
        this.maxCandidates = maxCandidates;
        this.sweeps = sweeps;
        this.shared = sharedCompute;
        this.forecast = forecast;
        MachineLoad load = new MachineLoad();
        this.compute = new CostCurve(load, forecast == null ? null : forecast.passSeconds());
        this.draftStep = new CostCurve(
                sharedCompute ? load : new MachineLoad(), forecast == null ? null : forecast.draftStepSeconds());
        this.acceptance = forecast == null
                ? new AcceptanceStatistics(maxCandidates, RETENTION)
                : new AcceptanceStatistics(maxCandidates, RETENTION, forecast.acceptance(), FORESEEN);
    }

    /**
     * A pass of the target over {@code rows} rows took {@code seconds}; what the executor says of it is read here.
     *
     * @return whether computing took far less than it used to
     */
    boolean verified(int rows, double seconds) {
        boolean improved = compute.observe(rows, Math.max(1e-9, seconds - sweeps.stallSeconds()));
        double latest = sweeps.ioSeconds() / sweeps.expectedBytes(rows);
        ioPerByte = passes == 0 ? latest : ioPerByte + WEIGHT * (latest - ioPerByte);
        latestRows = rows;
        passes++;
        return improved;
    }

    /**
     * Drafting took {@code seconds} for {@code candidates} candidates of each of {@code sequences} sequences.
     *
     * @return whether that is far less than it used to be
     */
    boolean drafted(int sequences, int candidates, double seconds) {
        drafts++;
        return draftStep.observe(sequences, seconds / candidates);
    }

    int maxCandidates() {
        return maxCandidates;
    }

    /**
     * Candidates to begin with: those of the forecast, or as many as there may be, but of experts no more than a pass reads twice as many for as
     * without candidates; what more would bring is learned from less.
     */
    int firstCandidates() {
        if (forecast != null) {
            return Math.min(maxCandidates, forecast.candidates());
        }
        int count = maxCandidates;
        while (count > 1 && sweeps.expectedBytes(count + 1) > 2 * sweeps.expectedBytes(1)) {
            count--;
        }
        return count;
    }

    AcceptanceStatistics acceptance() {
        return acceptance;
    }

    /** Whether the cost of drafting is known, if only from a forecast. */
    boolean draftsKnown() {
        return drafts >= 2 || forecast != null;
    }

    /** Whether costs of passes are known. */
    boolean passesMeasured() {
        return passes >= 4;
    }

    /** Whether enough was measured to compare ways to run. */
    boolean settled() {
        return passesMeasured() && draftsKnown();
    }

    /** Streaming time in seconds of a pass like the latest one. */
    double latestIoSeconds() {
        return ioSeconds(latestRows);
    }

    @Override
    public double ioSeconds(int rows) {
        return ioPerByte * sweeps.expectedBytes(rows);
    }

    @Override
    public double stagingSeconds() {
        return sweeps.stagingSeconds();
    }

    @Override
    public int layers() {
        return sweeps.layers();
    }

    @Override
    public double computeSeconds(int rows) {
        return compute.at(rows);
    }

    @Override
    public double draftSeconds(int sequences, int candidates) {
        return !draftStep.isKnown() ? 0 : candidates * draftStep.at(sequences);
    }

    @Override
    public RoundRates hopeful() {
        return new Hopeful(this, compute);
    }

    /** With computing times as good as they may be. */
    private record Hopeful(RoundRates rates, CostCurve compute) implements DerivedRates {

        @Override
        public double computeSeconds(int rows) {
            return compute.atBest(rows);
        }
    }

    @Override
    public double expectedTokens(int candidates) {
        return acceptance.expectedTokens(candidates);
    }

    @Override
    public boolean sharedCompute() {
        return shared;
    }
}
