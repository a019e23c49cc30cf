package io.specoffload.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.plan.PolicyChooser.Choice;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PolicyChooserTest {

    private record Rates(
            double ioSeconds,
            double stagingSeconds,
            int layers,
            double fixedCompute,
            double computePerRow,
            double draftStep,
            double draftPerSequence,
            double acceptance,
            boolean sharedCompute)
            implements RoundRates {

        @Override
        public double ioSeconds(int rows) {
            return ioSeconds;
        }

        @Override
        public double computeSeconds(int rows) {
            return fixedCompute + rows * computePerRow;
        }

        @Override
        public double draftSeconds(int sequences, int candidates) {
            return candidates * (draftStep + sequences * draftPerSequence);
        }

        @Override
        public double expectedTokens(int candidates) {
            return ExpectedTokens.independent(acceptance, candidates);
        }
    }

    @Test
    void draftsNothingWhereItDoesNotPay() {
        // a draft as slow as the target, and hardly ever right
        Rates useless = new Rates(0, 0, 1, 1, 0.01, 1, 0, 0.2, true);
        assertThat(PolicyChooser.best(8, 4, useless).candidates()).isZero();
        // a quick one that is often right, and rows that cost nothing
        Rates useful = new Rates(0, 0, 1, 1, 0.001, 0.02, 0, 0.8, true);
        assertThat(PolicyChooser.best(8, 4, useful).candidates()).isGreaterThan(3);
    }

    @Test
    void rotatesOnlyWhereBothModelsHaveTheirOwnDeviceOrDraftingIsLong() {
        Rates separate = new Rates(0.2, 0, 22, 0.8, 0, 0.1, 0, 0.8, false);
        assertThat(PolicyChooser.best(4, 16, separate).groups()).isEqualTo(1);
        Rates slowDraft = new Rates(0.2, 0, 22, 0.5, 0, 0, 0.0156, 0.8, false);
        assertThat(PolicyChooser.best(4, 16, slowDraft).groups()).isEqualTo(2);
        Rates shared = new Rates(1.5, 0.8, 22, 0, 0.0156, 0.0, 0.0024, 0.8, true);
        assertThat(PolicyChooser.best(4, 16, shared).groups()).isEqualTo(1);
    }

    @Test
    void aLoneSequenceHasOneGroup() {
        Rates rates = new Rates(0.2, 0, 22, 0, 0.1, 0.1, 0, 0.8, false);
        assertThat(PolicyChooser.best(4, 1, rates).groups()).isEqualTo(1);
    }

    @Test
    void isAsGoodAsTheBestOfAllPolicies() {
        Random random = new Random(5);
        for (int trial = 0; trial < 2000; trial++) {
            Rates rates = random(random);
            int sequences = 2 + random.nextInt(30);
            Choice chosen = PolicyChooser.best(6, sequences, rates);
            for (int groups = 1; groups <= 2; groups++) {
                for (int n = 0; n <= 6; n++) {
                    assertThat(chosen.tokensPerSecond())
                            .isGreaterThanOrEqualTo(PolicyChooser.predict(groups, n, sequences, rates)
                                    .tokensPerSecond());
                }
            }
        }
    }

    @Test
    void moreOfAnythingNeverPromisesLess() {
        Random random = new Random(6);
        for (int trial = 0; trial < 2000; trial++) {
            Rates r = random(random);
            int sequences = 1 + random.nextInt(30);
            double before = PolicyChooser.best(6, sequences, r).tokensPerSecond();
            Rates[] better = {
                new Rates(
                        r.ioSeconds * 0.8,
                        r.stagingSeconds,
                        r.layers,
                        r.fixedCompute,
                        r.computePerRow,
                        r.draftStep,
                        r.draftPerSequence,
                        r.acceptance,
                        r.sharedCompute),
                new Rates(
                        r.ioSeconds,
                        r.stagingSeconds * 1.3,
                        r.layers,
                        r.fixedCompute,
                        r.computePerRow,
                        r.draftStep,
                        r.draftPerSequence,
                        r.acceptance,
                        r.sharedCompute),
                new Rates(
                        r.ioSeconds,
                        r.stagingSeconds,
                        r.layers,
                        r.fixedCompute * 0.8,
                        r.computePerRow * 0.8,
                        r.draftStep,
                        r.draftPerSequence,
                        r.acceptance,
                        r.sharedCompute),
                new Rates(
                        r.ioSeconds,
                        r.stagingSeconds,
                        r.layers,
                        r.fixedCompute,
                        r.computePerRow,
                        r.draftStep * 0.8,
                        r.draftPerSequence * 0.8,
                        r.acceptance,
                        r.sharedCompute),
                new Rates(
                        r.ioSeconds,
                        r.stagingSeconds,
                        r.layers,
                        r.fixedCompute,
                        r.computePerRow,
                        r.draftStep,
                        r.draftPerSequence,
                        Math.min(1, r.acceptance + 0.05),
                        r.sharedCompute),
                new Rates(
                        r.ioSeconds,
                        r.stagingSeconds,
                        r.layers,
                        r.fixedCompute,
                        r.computePerRow,
                        r.draftStep,
                        r.draftPerSequence,
                        r.acceptance,
                        false)
            };
            for (Rates rates : better) {
                assertThat(PolicyChooser.best(6, sequences, rates).tokensPerSecond())
                        .isGreaterThanOrEqualTo(before * (1 - 1e-12));
            }
        }
    }

    @Test
    void moreMemoryOrBandwidthNeverPromisesLess() {
        Random random = new Random(7);
        for (int trial = 0; trial < 500; trial++) {
            Rates rates = random(random);
            double memory = 3 + 25 * random.nextDouble();
            double bandwidth = 1 + 20 * random.nextDouble();
            int sequences = 1 + random.nextInt(20);
            double before = staged(sequences, rates, memory, bandwidth);
            assertThat(staged(sequences, rates, memory * 1.2, bandwidth)).isGreaterThanOrEqualTo(before * (1 - 1e-12));
            assertThat(staged(sequences, rates, memory, bandwidth * 1.2)).isGreaterThanOrEqualTo(before * (1 - 1e-12));
        }
    }

    private static double staged(int sequences, Rates rates, double memory, double bandwidth) {
        return PolicyChooser.best(6, sequences, rates, new PolicyChooser.Stream(22, 1, memory, bandwidth))
                .choice()
                .tokensPerSecond();
    }

    @Test
    void stagingIsAsDeepAsDraftingIsLong() {
        PolicyChooser.Stream stream = new PolicyChooser.Stream(22, 1, 14, 10);
        Rates quick = new Rates(0, 0, 22, 0.1, 0, 0.01, 0, 0.8, true);
        Rates slow = new Rates(0, 0, 22, 0.1, 0, 0.2, 0, 0.8, true);
        var shallow = PolicyChooser.best(4, 8, quick, stream);
        var deep = PolicyChooser.best(4, 8, slow, stream);
        assertThat(deep.stagingLayers()).isGreaterThan(shallow.stagingLayers());
        for (var staged : new PolicyChooser.Staged[] {shallow, deep}) {
            double used = 22 * staged.residentShare() + staged.stagingLayers() * (1 - staged.residentShare());
            assertThat(used).isCloseTo(14, within(1e-9));
        }
    }

    @Test
    void whatCannotFitIsRefusedWithTheArithmetic() {
        Rates rates = new Rates(0, 0, 22, 0.1, 0, 0.01, 0, 0.8, true);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PolicyChooser.best(4, 8, rates, new PolicyChooser.Stream(22, 1000, 1500, 10)))
                .withMessageContaining("1000")
                .withMessageContaining("1500");
    }

    private static Rates random(Random random) {
        double io = random.nextBoolean() ? 0 : 2 * random.nextDouble();
        return new Rates(
                io,
                io * random.nextDouble(),
                22,
                random.nextDouble(),
                0.05 * random.nextDouble(),
                0.3 * random.nextDouble(),
                0.02 * random.nextDouble(),
                random.nextDouble(),
                random.nextBoolean());
    }
}
