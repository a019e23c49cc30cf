package io.specoffload.calibration;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CompilerRestTest {

    private static final long LOOK = 10_000_000;

    private long now;
    private long process;
    private long compiled;

    /** Rests while a compiler works for {@code busyLooks} looks, with {@code share} of a processor. */
    private long rest(double seconds, int busyLooks, double share, boolean processKnown) {
        now = 0;
        process = 0;
        compiled = 0;
        int[] looks = {0};
        new CompilerRest(
                        () -> now,
                        () -> processKnown ? process : -1,
                        // a method counts when it is done
                        () -> compiled,
                        () -> {
                            now += LOOK;
                            looks[0]++;
                            if (looks[0] < busyLooks) {
                                process += (long) (share * LOOK);
                            } else if (looks[0] == busyLooks) {
                                compiled += busyLooks * 10L;
                            }
                            return LOOK;
                        })
                .accept(seconds);
        return now / LOOK;
    }

    @Test
    void aCompilationThatTakesLongIsWaitedFor() {
        assertThat(rest(3, 120, 0.5, true)).isBetween(120L, 130L);
    }

    @Test
    void nobodyWaitsForLongWhereNothingIsCompiled() {
        assertThat(rest(3, 0, 0, true)).isLessThan(10);
    }

    @Test
    void theLimitHolds() {
        assertThat(rest(0.5, 1000, 1, true)).isEqualTo(50);
    }

    @Test
    void whereProcessorTimeIsUnknownCompilationsCountWhenTheyEnd() {
        assertThat(rest(3, 20, 0, false)).isEqualTo(45);
    }
}
