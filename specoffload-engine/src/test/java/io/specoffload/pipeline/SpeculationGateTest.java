package io.specoffload.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.pipeline.SpeculationGate.Decision;
import io.specoffload.pipeline.SpeculationGate.Reason;
import io.specoffload.plan.ExpectedTokens;
import io.specoffload.plan.ExpertCoverage;
import io.specoffload.plan.PolicyChooser;
import io.specoffload.plan.RoundRates;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SpeculationGateTest {

    private static final int MAX = 8;

    /** Rates with noise of up to a tenth; acceptance is what was measured, which may lag behind the truth. */
    private static final class Rates implements RoundRates {
        private final Random random = new Random(1);
        private double draftStep = 0.05;
        private double acceptance = 0.8;
        private double noise;

        /** Streaming of all experts of all layers, of which each row needs a quarter. */
        private double expertSeconds;

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
            return noisy(1 + 0.02 * rows);
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
    }

    private static List<Decision> decide(SpeculationGate gate, RoundRates rates, int rounds) {
        List<Decision> decisions = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            decisions.add(gate.decide(1, 2, rates, SpeculationGate.MEASURED));
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
        gate.decide(1, 1, rates, SpeculationGate.MEASURED);
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
        Decision first = gate.decide(1, 2, hopeless, MAX);
        assertThat(first.count()).isEqualTo(MAX);
        assertThat(first.reason()).isEqualTo(Reason.FIRST);
        assertThat(gate.decide(1, 2, hopeless, SpeculationGate.MEASURED).count())
                .isZero();
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
            gate.decide(1, 2, rates, SpeculationGate.MEASURED);
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
            Decision decision = gate.decide(1, 2, rates, SpeculationGate.MEASURED);
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
    void anOpenGateLooksWhetherDoingWithoutIsBetter() {
        SpeculationGate gate = new SpeculationGate(MAX, true);
        List<Decision> decisions = decide(gate, new Rates(), 4000);
        assertThat(decisions).anyMatch(decision -> decision.reason() == Reason.PROBE && decision.count() == 0);
    }

    @Test
    void probesCostAtMostTwoPercent() {
        for (double step : new double[] {0.05, 0.3, 1, 5}) {
            Rates rates = new Rates();
            rates.draftStep = step;
            rates.acceptance = 0.3;
            SpeculationGate gate = new SpeculationGate(MAX, true);
            decide(gate, rates, 100);
            double seconds = 0;
            double tokens = 0;
            for (Decision decision : decide(gate, rates, 20_000)) {
                var choice = PolicyChooser.predict(1, decision.count(), 2, rates);
                seconds += choice.roundSeconds();
                tokens += choice.roundSeconds() * choice.tokensPerSecond();
            }
            double steady = PolicyChooser.predict(1, gate.current(), 2, rates).tokensPerSecond();
            assertThat(tokens / seconds).as("step %s", step).isGreaterThan(0.975 * steady);
        }
    }

    @Test
    void aProbeThatCostMoreThanForeseenIsPaidFor() {
        Rates rates = new Rates();
        rates.acceptance = 0.05;
        SpeculationGate gate = new SpeculationGate(MAX, true);
        decide(gate, rates, 1000);
        while (gate.decide(1, 2, rates, SpeculationGate.MEASURED).reason() != Reason.PROBE) {
            assertThat(gate.current()).isZero();
        }
        gate.charge(40);
        gate.decide(1, 2, rates, SpeculationGate.MEASURED);
        // 40 rounds' time at 2 percent
        assertThat(decide(gate, rates, 1990)).noneMatch(decision -> decision.reason() == Reason.PROBE);
    }

    @Test
    void aFixedCountStays() {
        Rates hopeless = new Rates();
        hopeless.draftStep = 5;
        SpeculationGate gate = new SpeculationGate(3, false);
        assertThat(decide(gate, hopeless, 10)).allMatch(decision -> decision.count() == 3);
        assertThat(new SpeculationGate(0, true)
                        .decide(1, 2, hopeless, SpeculationGate.MEASURED)
                        .reason())
                .isEqualTo(Reason.NO_DRAFT);
    }

    @Test
    void theReasonIsReadable() {
        Rates rates = new Rates();
        rates.draftStep = 5;
        String reason = new SpeculationGate(4, true)
                .decide(1, 2, rates, SpeculationGate.MEASURED)
                .describe();
        assertThat(reason).matches("best: 0 promise [0-9.]+ tokens/s, 4 promise [0-9.]+");
    }
}
