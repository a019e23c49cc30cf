package io.specoffload.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.BitSet;
import java.util.Random;
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
}
