package io.specoffload.speculative;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class AcceptanceStatisticsTest {

    @Test
    void countsWhatWasDraftedAndAccepted() {
        AcceptanceStatistics statistics = new AcceptanceStatistics(8, 1);
        statistics.record(4, 4);
        statistics.record(4, 1);
        statistics.record(0, 0);
        assertThat(statistics.rounds()).isEqualTo(3);
        assertThat(statistics.drafted()).isEqualTo(8);
        assertThat(statistics.accepted()).isEqualTo(5);
        assertThat(statistics.acceptanceRate()).isEqualTo(5 / 8.0);
        assertThat(statistics.meanAcceptanceLength()).isEqualTo(8 / 3.0);
    }

    @Test
    void expectationApproachesTheGeometricSum() {
        double p = 0.8;
        Random random = new Random(1);
        AcceptanceStatistics statistics = new AcceptanceStatistics(6, 1);
        for (int round = 0; round < 20_000; round++) {
            int accepted = 0;
            while (accepted < 5 && random.nextDouble() < p) {
                accepted++;
            }
            statistics.record(5, accepted);
        }
        for (int n = 0; n <= 5; n++) {
            assertThat(statistics.expectedTokens(n)).isCloseTo((1 - Math.pow(p, n + 1)) / (1 - p), within(0.05));
        }
        // beyond what was tried: the mean over all positions
        assertThat(statistics.conditionalAcceptance(20)).isCloseTo(p, within(0.01));
    }

    @Test
    void positionsThatNeverSurviveAreLearnt() {
        AcceptanceStatistics statistics = new AcceptanceStatistics(4, 1);
        for (int round = 0; round < 1000; round++) {
            statistics.record(4, 2);
        }
        assertThat(statistics.conditionalAcceptance(1)).isGreaterThan(0.98);
        assertThat(statistics.conditionalAcceptance(2)).isLessThan(0.02);
        assertThat(statistics.expectedTokens(4)).isCloseTo(3, within(0.06));
    }

    @Test
    void oldRoundsFade() {
        AcceptanceStatistics statistics = new AcceptanceStatistics(1, 0.9);
        for (int round = 0; round < 1000; round++) {
            statistics.record(1, 1);
        }
        for (int round = 0; round < 60; round++) {
            statistics.record(1, 0);
        }
        assertThat(statistics.conditionalAcceptance(0)).isLessThan(0.2);
        assertThat(statistics.acceptanceRate()).isGreaterThan(0.9);
    }

    @Test
    void theLuckOfAFewCandidatesDoesNotOverruleAnExpectation() {
        AcceptanceStatistics expecting = new AcceptanceStatistics(4, 1, 0.5, 16);
        AcceptanceStatistics open = new AcceptanceStatistics(4, 1);
        for (int i = 0; i < 2; i++) {
            expecting.record(2, 2);
            open.record(2, 2);
        }
        assertThat(open.conditionalAcceptance(0)).isGreaterThan(0.85);
        assertThat(expecting.conditionalAcceptance(0)).isBetween(0.5, 0.7);
        for (int i = 0; i < 200; i++) {
            expecting.record(2, 2);
        }
        assertThat(expecting.conditionalAcceptance(0)).isGreaterThan(0.95);
    }
}
