package io.specoffload.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.plan.RoundForecast;
import org.junit.jupiter.api.Test;

/** What rounds are taken to cost. */
class RoundCostsTest {

    /** A stream of experts: a pass of r rows reads r + 1 parts. */
    private static final class Stream implements SweepCosts {

        private double secondsPerPart = 0.1;
        private int rows;

        @Override
        public double ioSeconds() {
            return secondsPerPart * (rows + 1);
        }

        @Override
        public double expectedBytes(int ofRows) {
            return 1000.0 * (ofRows + 1);
        }

        @Override
        public double stallSeconds() {
            return 0;
        }

        @Override
        public double stagingSeconds() {
            return 0;
        }

        @Override
        public int layers() {
            return 1;
        }
    }

    private static void pass(RoundCosts costs, Stream stream, int rows) {
        stream.rows = rows;
        costs.verified(rows, 1);
    }

    @Test
    void streamingIsToldForOtherNumbersOfRowsThanTheLatest() {
        Stream stream = new Stream();
        RoundCosts costs = new RoundCosts(4, stream, true, null);
        for (int i = 0; i < 5; i++) {
            pass(costs, stream, 5);
        }
        assertThat(costs.ioSeconds(1)).isCloseTo(0.2, within(1e-9));
        assertThat(costs.ioSeconds(5)).isCloseTo(0.6, within(1e-9));
        assertThat(costs.latestIoSeconds()).isCloseTo(0.6, within(1e-9));
    }

    @Test
    void aSlowerDiskIsSeenForAllNumbersOfRows() {
        Stream stream = new Stream();
        RoundCosts costs = new RoundCosts(4, stream, true, null);
        pass(costs, stream, 1);
        stream.secondsPerPart = 0.3;
        for (int i = 0; i < 20; i++) {
            pass(costs, stream, 5);
        }
        assertThat(costs.ioSeconds(1)).isCloseTo(0.6, within(0.01));
    }

    @Test
    void ofExpertsItBeginsWithFewCandidates() {
        // r + 1 parts: 4 for three rows, twice those of one
        assertThat(new RoundCosts(8, new Stream(), true, null).firstCandidates())
                .isEqualTo(2);
        assertThat(new RoundCosts(8, SweepCosts.RESIDENT, true, null).firstCandidates())
                .isEqualTo(8);
        assertThat(new RoundCosts(0, SweepCosts.RESIDENT, true, null).firstCandidates())
                .isZero();
    }

    @Test
    void residentWeightsTakeNoStreaming() {
        RoundCosts costs = new RoundCosts(4, SweepCosts.RESIDENT, true, null);
        costs.verified(3, 1);
        assertThat(costs.ioSeconds(7)).isZero();
    }

    @Test
    void withAForecastItBeginsAsPlannedAndNeedsNoDrafts() {
        RoundForecast forecast = new RoundForecast(3, 0.9, rows -> 0.01 * rows, sequences -> 0.002 * sequences);
        RoundCosts costs = new RoundCosts(8, SweepCosts.RESIDENT, true, forecast);
        assertThat(costs.firstCandidates()).isEqualTo(3);
        assertThat(new RoundCosts(2, SweepCosts.RESIDENT, true, forecast).firstCandidates())
                .isEqualTo(2);
        assertThat(costs.expectedTokens(1)).isEqualTo(1.9);
        assertThat(costs.draftSeconds(4, 2)).isCloseTo(0.016, within(1e-12));
        assertThat(costs.settled()).isFalse();
        for (int i = 0; i < 4; i++) {
            costs.verified(4, 0.08);
        }
        assertThat(costs.settled()).isTrue();
        assertThat(costs.computeSeconds(16)).as("twice as slow as foreseen").isCloseTo(0.32, within(0.001));
    }
}
