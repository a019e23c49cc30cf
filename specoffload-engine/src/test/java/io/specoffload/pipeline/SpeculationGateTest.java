package io.specoffload.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.pipeline.SpeculationGate.Decision;
import io.specoffload.pipeline.SpeculationGate.Load;
import io.specoffload.pipeline.SpeculationGate.Reason;
import io.specoffload.plan.ExpectedTokens;
import io.specoffload.plan.ExpertCoverage;
import io.specoffload.plan.PolicyChooser;
import io.specoffload.plan.RoundRates;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SpeculationGateTest {

    private static final int MAX = 8;

    private static final Load TWO = new Load(1, 2, 1);

    /** Rates with noise of up to a tenth; acceptance is what was measured, which may lag behind the truth. */
    private static class Rates implements RoundRates {
        private final Random random = new Random(1);
        private double draftStep = 0.05;
        private double acceptance = 0.8;
        private double noise;
        private double rowSeconds = 0.02;

        /** Streaming of all experts of all layers, of which each row needs a quarter. */
        private double expertSeconds;

        /** Computing may take less by this share, as far as is known. */
        private double doubt;

        private double noisy(double value) {
            return value * (1 + noise * (2 * random.nextDouble() - 1));
        }

        @Override
        public double ioSeconds(int rows) {
            return expertSeconds * ExpertCoverage.distinct(8, 2, rows) / 8;
        }

        @Override
        public double stagingSeconds() {
            return 0;
        }

        @Override
        public int layers() {
            return 1;
        }

        @Override
        public double computeSeconds(int rows) {
            return noisy(1 + rowSeconds * rows);
        }

        @Override
        public double draftSeconds(int sequences, int candidates) {
            return noisy(candidates * draftStep);
        }

        @Override
        public double expectedTokens(int candidates) {
            return ExpectedTokens.independent(acceptance, candidates);
        }

        @Override
        public boolean sharedCompute() {
            return true;
        }

        @Override
        public RoundRates hopeful() {
            Rates hopeful = new Rates() {
                @Override
                public double computeSeconds(int rows) {
                    return (1 - Rates.this.doubt) * super.computeSeconds(rows);
                }
            };
            hopeful.draftStep = draftStep;
            hopeful.acceptance = acceptance;
            hopeful.rowSeconds = rowSeconds;
            hopeful.expertSeconds = expertSeconds;
            return hopeful;
        }
    }

    private static List<Decision> decide(SpeculationGate gate, RoundRates rates, int rounds) {
        List<Decision> decisions = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            decisions.add(gate.decide(TWO, rates, SpeculationGate.MEASURED));
        }
        return decisions;
    }

    private static double best(RoundRates rates) {
        return PolicyChooser.bestCandidates(1, MAX, 2, rates).tokensPerSecond();
    }

    @Test
    void draftsNothingWhereMoreRowsReadMoreExpertsThanTheyBring() {
        Rates rates = new Rates();
        rates.acceptance = 0.3;
        rates.expertSeconds = 100;
        SpeculationGate gate = new SpeculationGate(MAX, true);
        gate.decide(new Load(1, 1, 1), rates, SpeculationGate.MEASURED);
        assertThat(gate.current()).isZero();
        // so often right that it pays all the same
        rates.acceptance = 0.95;
        decide(gate, rates, 5);
        assertThat(gate.current()).isGreaterThan(2);
    }

    @Test
    void convergesOnTheBestCount() {
        for (double step : new double[] {0.01, 0.05, 0.1, 0.2, 0.5, 2}) {
            Rates rates = new Rates();
            rates.draftStep = step;
            SpeculationGate gate = new SpeculationGate(MAX, true);
            decide(gate, rates, 5);
            double chosen = PolicyChooser.predict(1, gate.current(), 2, rates).tokensPerSecond();
            assertThat(chosen).as("step %s", step).isGreaterThan(best(rates) / 1.051);
        }
    }

    @Test
    void measuresBeforeItJudges() {
        SpeculationGate gate = new SpeculationGate(MAX, true);
        Rates hopeless = new Rates();
        hopeless.draftStep = 5;
        Decision first = gate.decide(TWO, hopeless, MAX);
        assertThat(first.count()).isEqualTo(MAX);
        assertThat(first.reason()).isEqualTo(Reason.FIRST);
        assertThat(gate.decide(TWO, hopeless, SpeculationGate.MEASURED).count()).isZero();
    }

    @Test
    void doesNotOscillateUnderNoise() {
        Rates rates = new Rates();
        rates.noise = 0.02;
        SpeculationGate gate = new SpeculationGate(MAX, true);
        decide(gate, rates, 50);
        int changes = 0;
        int before = gate.current();
        for (int i = 0; i < 2000; i++) {
            gate.decide(TWO, rates, SpeculationGate.MEASURED);
            changes += gate.current() == before ? 0 : 1;
            before = gate.current();
        }
        assertThat(changes).isLessThanOrEqualTo(2);
    }

    @Test
    void aClosedGateFindsOutWhenDraftingPaysAgain() {
        Rates rates = new Rates();
        rates.acceptance = 0.05;
        SpeculationGate gate = new SpeculationGate(MAX, true);
        decide(gate, rates, 1000);
        assertThat(gate.current()).isZero();
        // the text changes; what was measured changes only where something is drafted
        int rounds = 0;
        while (gate.current() == 0 && rounds < 10_000) {
            Decision decision = gate.decide(TWO, rates, SpeculationGate.MEASURED);
            if (decision.count() > 0) {
                assertThat(decision.reason()).isIn(Reason.PROBE, Reason.BEST);
                rates.acceptance += 0.5 * (0.9 - rates.acceptance);
            }
            rounds++;
        }
        assertThat(rounds).isLessThan(5000);
        assertThat(PolicyChooser.predict(1, gate.current(), 2, rates).tokensPerSecond())
                .isGreaterThan(best(rates) / 1.051);
    }

    @Test
    void anOpenGateTriesWhatMayBeBetter() {
        Rates rates = new Rates();
        // candidates promise a tenth more
        rates.draftStep = 0.5;
        rates.doubt = 0.2;
        SpeculationGate gate = new SpeculationGate(MAX, true);
        List<Decision> decisions = decide(gate, rates, 4000);
        int present = gate.current();
        assertThat(present).isPositive();
        assertThat(decisions)
                .filteredOn(decision -> decision.reason() == Reason.PROBE)
                .isNotEmpty()
                .allMatch(decision -> decision.count() != present
                        && PolicyChooser.predict(1, decision.count(), 2, rates.hopeful())
                                        .tokensPerSecond()
                                > PolicyChooser.predict(1, present, 2, rates).tokensPerSecond());
    }

    @Test
    void whatIsKnownIsNotTried() {
        Rates rates = new Rates();
        rates.draftStep = 0.5;
        SpeculationGate gate = new SpeculationGate(MAX, true);
        List<Decision> decisions = decide(gate, rates, 4000);
        assertThat(decisions).noneMatch(decision -> decision.reason() == Reason.PROBE);
    }

    @Test
    void whatCannotWinIsNotTried() {
        Rates rates = new Rates();
        rates.doubt = 0.2;
        SpeculationGate gate = new SpeculationGate(MAX, true);
        List<Decision> decisions = decide(gate, rates, 4000);
        double without = PolicyChooser.predict(1, 0, 2, rates).tokensPerSecond();
        assertThat(best(rates)).isGreaterThan(2 * without);
        assertThat(decisions).noneMatch(decision -> decision.count() == 0);
    }

    @Test
    void aSmallGainIsTakenIfItPersists() {
        Rates rates = new Rates();
        SpeculationGate gate = new SpeculationGate(MAX, true);
        gate.decide(TWO, rates, MAX);
        rates.draftStep = 0.01;
        while (best(rates) < 1.03 * PolicyChooser.predict(1, MAX, 2, rates).tokensPerSecond()) {
            rates.draftStep += 0.001;
        }
        List<Decision> decisions = decide(gate, rates, 15);
        assertThat(decisions).extracting(Decision::count).containsOnly(MAX);
        // a moment in which it is gone, and everything begins anew
        double before = rates.draftStep;
        rates.draftStep = 0.01;
        decide(gate, rates, 1);
        rates.draftStep = before;
        assertThat(decide(gate, rates, 15)).extracting(Decision::count).containsOnly(MAX);
        assertThat(decide(gate, rates, 1)).extracting(Decision::reason).containsOnly(Reason.BEST);
        assertThat(PolicyChooser.predict(1, gate.current(), 2, rates).tokensPerSecond())
                .isEqualTo(best(rates));
    }

    @Test
    void probesCostAtMostTwoPercent() {
        for (double step : new double[] {0.05, 0.3, 1, 5}) {
            Rates rates = new Rates();
            rates.draftStep = step;
            rates.acceptance = 0.3;
            rates.doubt = 0.2;
            SpeculationGate gate = new SpeculationGate(MAX, true);
            decide(gate, rates, 100);
            assertThat(slowdown(gate, rates, 2, 0, 20_000)).as("step %s", step).isLessThan(1.025);
        }
    }

    /**
     * The time that rounds take, in what their tokens take without probes; a draft model goes through what it missed first.
     *
     * @param missedShare what a missed row costs, as a share of a drafted one
     */
    private static double slowdown(SpeculationGate gate, Rates rates, int sequences, double missedShare, int rounds) {
        int[] missed = new int[sequences];
        double seconds = 0;
        double tokens = 0;
        for (int i = 0; i < rounds; i++) {
            Arrays.sort(missed);
            double behind = Arrays.stream(missed).average().orElseThrow();
            Decision decision = gate.decide(new Load(1, sequences, behind), rates, SpeculationGate.MEASURED);
            int drafting = decision.count() == 0 ? 0 : Math.min(sequences, decision.sequences());
            double row = rates.draftSeconds(sequences, 1) / sequences;
            for (int j = 0; j < sequences; j++) {
                seconds += j < drafting ? row * (missedShare * missed[j] + decision.count()) : 0;
                missed[j] = j < drafting ? 1 : missed[j] + 1;
            }
            seconds += rates.computeSeconds(sequences + drafting * decision.count());
            tokens += sequences + drafting * (rates.expectedTokens(decision.count()) - 1);
        }
        return seconds
                * PolicyChooser.predict(1, gate.current(), sequences, rates).tokensPerSecond()
                / tokens;
    }

    @Test
    void whatTheDraftModelMissedMustPayToo() {
        Rates rates = new Rates();
        rates.acceptance = 0.05;
        SpeculationGate gate = new SpeculationGate(MAX, true);
        gate.decide(TWO, rates, SpeculationGate.MEASURED);
        assertThat(gate.current()).isZero();
        // now it would pay, but for a draft model that has to read 64,000 tokens of each sequence first
        rates.acceptance = 0.5;
        assertThat(gate.decide(new Load(1, 2, 64_000), rates, SpeculationGate.MEASURED)
                        .count())
                .isZero();
        assertThat(gate.decide(TWO, rates, SpeculationGate.MEASURED).count()).isPositive();
    }

    @Test
    void probesOfManySequencesCostLittleFromTheBeginning() {
        for (int sequences : new int[] {4, 16, 64}) {
            Rates rates = new Rates();
            rates.rowSeconds = 1;
            rates.acceptance = 0.7;
            rates.draftStep = 0.05 * sequences;
            SpeculationGate gate = new SpeculationGate(MAX, true);
            assertThat(slowdown(gate, rates, sequences, 0.2, 80))
                    .as("%s sequences", sequences)
                    .isLessThan(1.03);
            assertThat(slowdown(gate, rates, sequences, 0.2, 5000))
                    .as("%s sequences", sequences)
                    .isLessThan(1.025);
        }
    }

    /** A lone request with experts that stream: two rounds with candidates take as long as many without, which a short answer has not. */
    @Test
    void aShortAnswerDoesNotPayForProbes() {
        Rates rates = new Rates();
        rates.expertSeconds = 20;
        rates.acceptance = 0.5;
        rates.draftStep = 0.01;
        SpeculationGate gate = new SpeculationGate(MAX, true);
        Load load = new Load(1, 1, 1);
        List<Decision> decisions = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            decisions.add(gate.decide(load, rates, SpeculationGate.MEASURED));
        }
        assertThat(decisions.subList(0, 64)).noneMatch(decision -> decision.count() > 0);
        assertThat(decisions).as("it is tried some time").anyMatch(decision -> decision.reason() == Reason.PROBE);
    }

    @Test
    void aProbeTakesAsManySequencesAsTheTimeSinceTheLastOnePaysFor() {
        Rates rates = new Rates();
        rates.rowSeconds = 1;
        rates.draftStep = 1;
        SpeculationGate gate = new SpeculationGate(MAX, true);
        Load load = new Load(1, 16, 20);
        List<Integer> drafting = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            Decision decision = gate.decide(load, rates, SpeculationGate.MEASURED);
            if (decision.reason() == Reason.PROBE) {
                drafting.add(Math.min(16, decision.sequences()));
            }
        }
        assertThat(drafting).startsWith(1, 1).contains(16).isSorted();
    }

    @Test
    void aProbeThatCostMoreThanForeseenIsPaidFor() {
        Rates rates = new Rates();
        rates.acceptance = 0.05;
        SpeculationGate gate = new SpeculationGate(MAX, true);
        decide(gate, rates, 1000);
        while (gate.decide(TWO, rates, SpeculationGate.MEASURED).reason() != Reason.PROBE) {
            assertThat(gate.current()).isZero();
        }
        gate.charge(40);
        gate.decide(TWO, rates, SpeculationGate.MEASURED);
        // 40 rounds' time at 2 percent, less what was foreseen
        assertThat(decide(gate, rates, 1950)).noneMatch(decision -> decision.reason() == Reason.PROBE);
    }

    @Test
    void aFixedCountStays() {
        Rates hopeless = new Rates();
        hopeless.draftStep = 5;
        SpeculationGate gate = new SpeculationGate(3, false);
        assertThat(decide(gate, hopeless, 10)).allMatch(decision -> decision.count() == 3);
        assertThat(new SpeculationGate(0, true)
                        .decide(TWO, hopeless, SpeculationGate.MEASURED)
                        .reason())
                .isEqualTo(Reason.NO_DRAFT);
    }

    @Test
    void theReasonIsReadable() {
        Rates rates = new Rates();
        rates.draftStep = 5;
        String reason = new SpeculationGate(4, true)
                .decide(TWO, rates, SpeculationGate.MEASURED)
                .describe();
        assertThat(reason).matches("best: 0 promise [0-9.]+ tokens/s, 4 promise [0-9.]+");
    }
}
