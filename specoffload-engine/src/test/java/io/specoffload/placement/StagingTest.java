package io.specoffload.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;

class StagingTest {

    private static final int BLOCK = 4096;

    @Test
    void buffersTakeWhatThereIsButNeverTooLittle() {
        Random random = new Random(7);
        for (int run = 0; run < 1000; run++) {
            long bytes = random.nextLong(1L << (1 + random.nextInt(34)));
            long least = BLOCK * (2L + random.nextInt(300));
            Staging staging = Staging.of(bytes, least, BLOCK);
            assertThat(staging.unitBytes()).isGreaterThanOrEqualTo(least);
            assertThat(staging.unitBytes() % BLOCK).isZero();
            assertThat(staging.bytes()).isLessThanOrEqualTo(Math.max(bytes, 2 * least));
            if (bytes > 16 * least) {
                assertThat(staging.units()).isGreaterThanOrEqualTo(8);
                assertThat(staging.bytes()).isGreaterThan(bytes - staging.unitBytes());
            }
        }
        assertThat(Staging.of(32 << 20, 2 * BLOCK, BLOCK)).isEqualTo(new Staging(8, 4 << 20));
    }

    @Test
    void oneBufferIsNotEnough() {
        assertThatThrownBy(() -> new Staging(1, BLOCK)).isInstanceOf(IllegalArgumentException.class);
    }
}
