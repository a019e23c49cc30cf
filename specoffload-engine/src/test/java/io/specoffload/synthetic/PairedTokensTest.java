package io.specoffload.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PairedTokensTest {

    private static final int FIRST = SyntheticVocabulary.FIRST_ORDINARY;

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.05, 0.4, 0.5, 0.7, 0.85, 0.97, 1})
    void theShareHoldsOnEveryWindowOfOneCycle(double acceptance) {
        for (long seed = 0; seed < 3; seed++) {
            NextTokens other = NextTokens.random(5003, FIRST, seed);
            NextTokens tokens = PairedTokens.agreeing(other, acceptance, seed + 100);
            assertThat(PairedTokens.largestDeviation(tokens, other, acceptance)).isLessThanOrEqualTo(0.03);
            assertSingleCycle(tokens);
            long agreeing = Arrays.stream(tokens.cycle())
                    .filter(token -> tokens.after(token) == other.after(token))
                    .count();
            assertThat((double) agreeing / tokens.ordinary()).isCloseTo(acceptance, within(0.002));
        }
    }

    @Test
    void runsOfAgreementAreAboutAsLongAsIndependentOnes() {
        NextTokens other = NextTokens.random(32000, FIRST, 1);
        NextTokens tokens = PairedTokens.agreeing(other, 0.7, 2);
        int[] cycle = tokens.cycle();
        int runs = 0;
        for (int i = 0; i + 4 <= cycle.length; i++) {
            boolean all = true;
            for (int j = i; j < i + 4; j++) {
                all &= tokens.after(cycle[j]) == other.after(cycle[j]);
            }
            runs += all ? 1 : 0;
        }
        // independent draws: 0.24; keeping every window within bounds costs a little of it
        assertThat((double) runs / cycle.length).isBetween(0.20, 0.25);
    }

    @Test
    void aWindowHasAboutTheShareAlsoWhenCountedByHand() {
        NextTokens other = NextTokens.random(32000, FIRST, 4);
        NextTokens tokens = PairedTokens.agreeing(other, 0.6, 9);
        int token = 1234;
        int agreeing = 0;
        for (int i = 0; i < 256; i++) {
            agreeing += tokens.after(token) == other.after(token) ? 1 : 0;
            token = tokens.after(token);
        }
        assertThat(agreeing / 256.0).isCloseTo(0.6, within(0.03));
    }

    @Test
    void fewTokensCannotHaveEveryShare() {
        NextTokens other = NextTokens.random(FIRST + 41, FIRST, 1);
        assertThatThrownBy(() -> PairedTokens.agreeing(other, 0.985, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("41 ordinary tokens");
    }

    @Test
    void recordedSuccessorsAreChecked() {
        NextTokens tokens = NextTokens.random(300, FIRST, 1);
        long[] recorded = Arrays.stream(tokens.toArray()).asLongStream().toArray();
        assertThat(NextTokens.recorded(recorded, FIRST).toArray()).isEqualTo(tokens.toArray());
        recorded[FIRST + 5] = FIRST + 5;
        assertThatThrownBy(() -> NextTokens.recorded(recorded, FIRST))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no cycle");
        recorded[FIRST + 5] = 1L << 33;
        assertThatThrownBy(() -> NextTokens.recorded(recorded, FIRST)).isInstanceOf(IllegalArgumentException.class);
    }

    private static void assertSingleCycle(NextTokens tokens) {
        assertThat(Arrays.stream(tokens.cycle()).distinct().count()).isEqualTo(tokens.ordinary());
        assertThat(tokens.after(tokens.cycle()[tokens.ordinary() - 1])).isEqualTo(FIRST);
    }
}
