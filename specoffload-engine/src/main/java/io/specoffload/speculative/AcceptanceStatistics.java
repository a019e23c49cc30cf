package io.specoffload.speculative;

/**
 * What verification made of the candidates so far, as survival counts by candidate position: how often position j was
 * verified with every candidate before it accepted, and how often it was then accepted itself. Older rounds fade, so that
 * the figures follow the text. Not thread-safe.
 */
public final class AcceptanceStatistics {
    /** Weight of the assumption that position j does as well as all positions on average. */
    private static final double PRIOR_WEIGHT = 4;
    /** What is assumed before anything was measured, where nothing else is known. */
    private static final double PRIOR_RATE = 0.6;

    private final double[] reached;
    private final double[] passed;
    private final double retention;
    private final double priorRate;
    private final double priorWeight;
    private long rounds;
    private long drafted;
    private long accepted;

    /**
     * @param maxCandidates largest candidate count that is distinguished
     * @param retention weight that a round keeps at each later one: 1 to forget nothing, 0.98 for a memory of about 50
     */
    public AcceptanceStatistics(int maxCandidates, double retention) {
        this(maxCandidates, retention, PRIOR_RATE, PRIOR_WEIGHT);
    }

    /**
     * With an expectation.
     *
     * @param priorRate probability that a candidate stands, before anything was measured
     * @param priorWeight verified candidates that it counts as much as: more keep the luck of a few from deciding
     */
    public AcceptanceStatistics(int maxCandidates, double retention, double priorRate, double priorWeight) {
        if (maxCandidates < 0 || !(retention > 0 && retention <= 1)) {
            throw new IllegalArgumentException("maxCandidates " + maxCandidates + ", retention " + retention);
        }
        this.reached = new double[maxCandidates];
        this.passed = new double[maxCandidates];
        this.retention = retention;
        this.priorRate = priorRate;
        this.priorWeight = priorWeight;
    }

    /**
     * Counts one verified sequence of one round.
     *
     * @param candidates how many candidates were verified
     * @param acceptedCandidates how many of them stood
     */
    public void record(int candidates, int acceptedCandidates) {
        rounds++;
        drafted += candidates;
        accepted += acceptedCandidates;
        int last = Math.min(Math.min(candidates, acceptedCandidates + 1), reached.length);
        for (int j = 0; j < last; j++) {
            reached[j] = reached[j] * retention + 1;
            passed[j] = passed[j] * retention + (j < acceptedCandidates ? 1 : 0);
        }
    }

    /** Verified rounds, those without candidates included. */
    public long rounds() {
        return rounds;
    }

    public long drafted() {
        return drafted;
    }

    public long accepted() {
        return accepted;
    }

    /** Accepted per drafted candidate; 0 before the first. */
    public double acceptanceRate() {
        return drafted == 0 ? 0 : (double) accepted / drafted;
    }

    /** Tokens per round, the target's own included; 0 before the first. */
    public double meanAcceptanceLength() {
        return rounds == 0 ? 0 : (double) (accepted + rounds) / rounds;
    }

    /** Estimated probability that candidate {@code j} stands if those before it do. */
    public double conditionalAcceptance(int j) {
        double allReached = 0;
        double allPassed = 0;
        for (int i = 0; i < reached.length; i++) {
            allReached += reached[i];
            allPassed += passed[i];
        }
        double mean = (allPassed + priorWeight * priorRate) / (allReached + priorWeight);
        return j >= reached.length ? mean : (passed[j] + priorWeight * mean) / (reached[j] + priorWeight);
    }

    /** Expected tokens of a round with {@code candidates} candidates: 1 + the sum of survival probabilities. */
    public double expectedTokens(int candidates) {
        double expected = 1;
        double survival = 1;
        for (int j = 0; j < candidates; j++) {
            survival *= conditionalAcceptance(j);
            expected += survival;
        }
        return expected;
    }
}
