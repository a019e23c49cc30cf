package io.specoffload.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.plan.RoundRates;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChunkPolicyTest {

    private static final int MOST = 512;

    private final List<ChunkPolicy.Change> changes = new ArrayList<>();
    private double secondsPerRow = 0.01;
    private double io;

    private final RoundRates rates = new RoundRates() {
        @Override
        public double ioSeconds(int rows) {
            return io;
        }

        @Override
        public double stagingSeconds() {
            return io;
        }

        @Override
        public int layers() {
            return 10;
        }

        @Override
        public double computeSeconds(int rows) {
            return secondsPerRow * rows;
        }

        @Override
        public double draftSeconds(int sequences, int candidates) {
            return 0;
        }

        @Override
        public double expectedTokens(int candidates) {
            return 1;
        }

        @Override
        public boolean sharedCompute() {
            return true;
        }
    };

    private ChunkPolicy policy(Double limit) {
        return new ChunkPolicy(MOST, limit, changes::add);
    }

    private int rows(ChunkPolicy policy, int decodeRows) {
        return policy.rows(decodeRows, true, 1, 0, rates, true);
    }

    @Test
    void theMostRowsThatKeepToTheLimitRideAlong() {
        // 50 rows in half a second: the next smaller size
        assertThat(rows(policy(0.5), 4)).isEqualTo(32);
        assertThat(changes).singleElement().satisfies(change -> {
            assertThat(change.from()).isEqualTo(MOST);
            assertThat(change.to()).isEqualTo(32);
            assertThat(change.reason())
                    .isEqualTo("512 rows lengthen a round by 5.12 s, 32 by 0.320 s; 0.500 s are allowed");
        });
        assertThat(rows(policy(3.0), 4)).isEqualTo(256);
    }

    @Test
    void whileNobodyWaitsAsManyAsThereIsRoomForDo() {
        assertThat(policy(0.5).rows(0, false, 1, 0, rates, true)).isEqualTo(MOST);
        assertThat(policy(null).rows(4, true, 1, 0, rates, true)).isEqualTo(MOST);
        assertThat(policy(0.5).rows(4, true, 1, 0, rates, false))
                .as("nothing measured yet")
                .isEqualTo(MOST);
        assertThat(changes).isEmpty();
    }

    @Test
    void underAStreamRowsAreFree() {
        io = 6;
        assertThat(rows(policy(0.5), 4)).isEqualTo(MOST);
        // 3 s of computing that the stream hides, and 0.5 s more
        io = 3;
        assertThat(rows(policy(0.5), 4)).isEqualTo(256);
    }

    @Test
    void aGroupOfPromptsAloneHoldsTheOtherOneUpForAllOfItsPass() {
        io = 0.4;
        ChunkPolicy policy = policy(0.5);
        assertThat(policy.rows(0, true, 2, 0, rates, true)).isEqualTo(32);
        assertThat(policy(0.3).rows(0, true, 2, 0, rates, true))
                .as("even the smallest is too long")
                .isEqualTo(16);
    }

    @Test
    void growsWhenALargerSizeKeepsWellBelowTheLimit() {
        ChunkPolicy policy = policy(0.7);
        assertThat(rows(policy, 4)).isEqualTo(64);
        // 128 rows would take 0.64 s: allowed, but not by a fifth
        secondsPerRow = 0.005;
        assertThat(rows(policy, 4)).isEqualTo(64);
        secondsPerRow = 0.004;
        assertThat(rows(policy, 4)).isEqualTo(128);
        assertThat(changes).extracting(ChunkPolicy.Change::to).containsExactly(64, 128);
    }

    @Test
    void noiseDoesNotMakeItSwing() {
        ChunkPolicy policy = policy(0.5);
        for (int i = 0; i < 200; i++) {
            secondsPerRow = i % 2 == 0 ? 0.0075 : 0.0082;
            rows(policy, 4);
        }
        // to 64, and to 32 when 64 took longer than allowed; back only if 64 took a fifth less
        assertThat(changes).hasSize(2);
    }

    @Test
    void aLargerSizeIsTriedNowAndThenAndLessAndLess() {
        ChunkPolicy policy = policy(0.5);
        List<Integer> trials = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            int rows = rows(policy, 4);
            assertThat(rows).isIn(32, 64);
            if (rows == 64) {
                trials.add(i);
            }
        }
        assertThat(trials).hasSizeBetween(4, 8);
        assertThat(trials.get(1) - trials.getFirst()).isLessThan(trials.get(3) - trials.get(2));
        assertThat(changes).hasSize(1);
    }
}
