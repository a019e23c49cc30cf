package io.specoffload.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpectedTokensTest {

    private static double simulated(double acceptance, int candidates, int sequences, Random random) {
        int trials = 400_000;
        long tokens = 0;
        for (int trial = 0; trial < trials; trial++) {
            int accepted = 0;
            while (accepted < candidates && all(acceptance, sequences, random)) {
                accepted++;
            }
            tokens += accepted + 1;
        }
        return (double) tokens / trials;
    }

    private static boolean all(double acceptance, int sequences, Random random) {
        boolean all = true;
        for (int i = 0; i < sequences; i++) {
            all &= random.nextDouble() < acceptance;
        }
        return all;
    }

    @ParameterizedTest
    @CsvSource({"0.6,1", "0.6,4", "0.8,4", "0.8,8", "0.9,8", "0.95,16", "0,5", "1,5", "0.7,0"})
    void theExactExpectationAgreesWithSimulation(double acceptance, int candidates) {
        // the standard error of 400000 trials is below 0.01 here
        assertThat(ExpectedTokens.independent(acceptance, candidates))
                .isCloseTo(simulated(acceptance, candidates, 1, new Random(1)), within(0.04));
    }

    @ParameterizedTest
    @CsvSource({"0.6,1,1.24,1.60", "0.8,4,2.05,3.36", "0.9,8,3.03,6.13"})
    void thePublishedFormulaUndercounts(double acceptance, int candidates, double published, double exact) {
        double simulated = simulated(acceptance, candidates, 1, new Random(2));
        assertThat(ExpectedTokens.independent(acceptance, candidates)).isCloseTo(exact, within(0.005));
        assertThat(ExpectedTokens.published(acceptance, candidates)).isCloseTo(published, within(0.005));
        assertThat(simulated).isCloseTo(exact, within(0.04));
        assertThat(simulated - published).isGreaterThan(0.3);
    }

    @ParameterizedTest
    @CsvSource({"0.7,6,4", "0.9,4,2"})
    void lockstepAgreesWithSimulation(double acceptance, int candidates, int sequences) {
        assertThat(ExpectedTokens.lockstep(acceptance, candidates, sequences))
                .isCloseTo(simulated(acceptance, candidates, sequences, new Random(3)), within(0.04));
    }

    @ParameterizedTest
    @CsvSource({"0.7,6", "0.9,3"})
    void survivalCountsGeneralizeTheConstantRate(double acceptance, int candidates) {
        double[] conditional = new double[candidates];
        java.util.Arrays.fill(conditional, acceptance);
        assertThat(ExpectedTokens.surviving(conditional, candidates))
                .isCloseTo(ExpectedTokens.independent(acceptance, candidates), within(1e-12));
        assertThat(ExpectedTokens.capped(acceptance, candidates, 1)).isEqualTo(1);
        assertThat(ExpectedTokens.capped(acceptance, candidates, 3))
                .isEqualTo(ExpectedTokens.independent(acceptance, 2));
    }
}
