package io.specoffload.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.BitSet;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpertCoverageTest {

    @ParameterizedTest
    @CsvSource({"8,2,1", "8,2,5", "8,2,10", "128,8,5", "128,8,46", "256,8,94", "4,4,3"})
    void agreesWithRandomRouting(int experts, int used, int tokens) {
        Random random = new Random(experts * 1000L + tokens);
        int trials = 20_000;
        long distinct = 0;
        for (int trial = 0; trial < trials; trial++) {
            BitSet touched = new BitSet(experts);
            for (int token = 0; token < tokens; token++) {
                BitSet own = new BitSet(experts);
                while (own.cardinality() < used) {
                    own.set(random.nextInt(experts));
                }
                touched.or(own);
            }
            distinct += touched.cardinality();
        }
        // a trial's deviation is below 4 experts, so the mean's is below 0.03
        assertThat(ExpertCoverage.distinct(experts, used, tokens)).isCloseTo((double) distinct / trials, within(0.15));
    }

    @Test
    void theExpectedCostOfAnExpertIsThatOfRandomRouting() {
        // a kernel that takes four rows at a time
        IntToDoubleFunction cost = rows -> Math.ceilDiv(rows, 4);
        Random random = new Random(5);
        for (int tokens : new int[] {1, 3, 16, 40}) {
            double sum = 0;
            int trials = 100_000;
            for (int trial = 0; trial < trials; trial++) {
                int rows = 0;
                for (int i = 0; i < tokens; i++) {
                    rows += random.nextInt(8) < 2 ? 1 : 0;
                }
                sum += rows == 0 ? 0 : cost.applyAsDouble(rows);
            }
            assertThat(ExpertCoverage.expectedCost(8, 2, tokens, cost))
                    .as("%s tokens", tokens)
                    .isCloseTo(sum / trials, withinPercentage(2));
        }
        assertThat(ExpertCoverage.expectedCost(8, 2, 16, cost))
                .as("more than that of the mean, four rows")
                .isGreaterThan(1.2);
    }

    @Test
    void anExpertThatIsUsedOnceCostsWhatCoverageSays() {
        for (double tokens : new double[] {0.5, 1, 7.25, 200}) {
            int below = (int) tokens;
            double between = (1 - (tokens - below)) * ExpertCoverage.distinct(8, 2, below)
                    + (tokens - below) * ExpertCoverage.distinct(8, 2, below + 1);
            assertThat(8 * ExpertCoverage.expectedCost(8, 2, tokens, rows -> 1)).isCloseTo(between, within(1e-6));
        }
        assertThat(ExpertCoverage.expectedCost(4, 4, 9, rows -> rows)).isEqualTo(9);
        assertThat(ExpertCoverage.expectedCost(8, 2, 4000, rows -> rows)).isEqualTo(1000);
    }
}
