package io.specoffload.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.plan.RoundRates;
import org.junit.jupiter.api.Test;

class SlotPolicyTest {

    private double secondsPerRow = 0.01;

    private final RoundRates rates = new RoundRates() {
        @Override
        public double ioSeconds(int rows) {
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

        @Override
        public double computeSeconds(int rows) {
            return 0.02 + secondsPerRow * rows;
        }

        @Override
        public double draftSeconds(int sequences, int candidates) {
            return 0;
        }

        @Override
        public double expectedTokens(int candidates) {
            return 1 + 0.5 * candidates;
        }

        @Override
        public boolean sharedCompute() {
            return true;
        }
    };

    private int after(SlotPolicy policy, int rounds, int sequences, int groups, int candidates) {
        for (int i = 0; i < rounds; i++) {
            policy.decide(sequences, groups, candidates, rates, true);
        }
        return policy.active();
    }

    @Test
    void asManySlotsAsKeepToTheLimitAreTaken() {
        SlotPolicy policy = new SlotPolicy(16, 0.1);
        assertThat(after(policy, 11, 16, 1, 0)).as("too soon").isEqualTo(16);
        assertThat(after(policy, 1, 16, 1, 0)).isEqualTo(8);
        assertThat(policy.explanation())
                .isEqualTo("16 sequences wait 0.180 s for a token, 8 would 0.100 s; 0.100 s are allowed");
        // two candidates bring two tokens with three rows
        assertThat(after(new SlotPolicy(16, 0.1), 12, 16, 1, 2)).isEqualTo(6);
        // each of two groups is verified in every other round
        assertThat(after(new SlotPolicy(16, 0.1), 12, 16, 2, 0)).isEqualTo(6);
    }

    @Test
    void withoutALimitEverySlotIsTaken() {
        SlotPolicy policy = new SlotPolicy(16, null);
        assertThat(after(policy, 100, 16, 1, 0)).isEqualTo(16);
        SlotPolicy unmeasured = new SlotPolicy(16, 0.1);
        for (int i = 0; i < 100; i++) {
            assertThat(unmeasured.decide(16, 1, 0, rates, false)).isEqualTo(16);
        }
    }

    @Test
    void oneSequenceAlwaysRuns() {
        assertThat(after(new SlotPolicy(16, 0.001), 200, 16, 1, 0)).isEqualTo(1);
    }

    @Test
    void slotsComeBackOneByOneWithAMargin() {
        SlotPolicy policy = new SlotPolicy(16, 0.1);
        after(policy, 12, 16, 1, 0);
        secondsPerRow = 0.0075;
        // 9 would take 0.0875 s, 10 would 0.095: within the limit, but not by a tenth
        assertThat(after(policy, 12, 8, 1, 0)).isEqualTo(9);
        assertThat(after(policy, 120, 9, 1, 0)).isEqualTo(9);
        // nobody asks for more
        secondsPerRow = 0.001;
        assertThat(after(policy, 120, 4, 1, 0)).isEqualTo(9);
    }
}
