package io.specoffload.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ReadRateTest {

    @Test
    void withoutLimitNothingWaits() {
        ReadRate rate = new ReadRate(0);
        assertThat(rate.take(Long.MAX_VALUE / 2, 0)).isZero();
        assertThat(rate.take(Long.MAX_VALUE / 2, 0)).isZero();
    }

    /** A reader that obeys and reads in no time gets the rate, whatever the sizes. */
    @Test
    void theRateIsKept() {
        Random random = new Random(2);
        ReadRate rate = new ReadRate(500_000_000);
        long now = 12345;
        long bytes = 0;
        for (int i = 0; i < 1000; i++) {
            int piece = 1 + random.nextInt(4 << 20);
            now += rate.take(piece, now);
            bytes += piece;
        }
        // the burst of a hundredth of a second comes on top
        double seconds = (now - 12345) / 1e9 + 0.01;
        assertThat(bytes / seconds).isCloseTo(5e8, within(1e6));
    }

    @Test
    void pausesAreNotMadeUpFor() {
        ReadRate rate = new ReadRate(1_000_000);
        rate.take(1, 0);
        long later = 3_600_000_000_000L;
        long wait = rate.take(1_000_000, later);
        // all but the burst of a hundredth of a second has to be waited for
        assertThat(wait).isBetween(985_000_000L, 1_000_000_000L);
    }
}
