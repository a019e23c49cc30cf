package io.specoffload.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class JvmShareTest {

    private static final long MIB = 1 << 20;

    @Test
    void isAQuarterOfASmallBudgetAndLimitedByTheHeap() {
        assertThat(new JvmShare(4096 * MIB).of(400 * MIB, 0)).isEqualTo(100 * MIB);
        assertThat(new JvmShare(4096 * MIB).of(8192 * MIB, 0)).isEqualTo(256 * MIB);
        assertThat(new JvmShare(96 * MIB).of(8192 * MIB, 0)).isEqualTo(208 * MIB);
        assertThat(new JvmShare(96 * MIB).of(400 * MIB, 0)).isEqualTo(100 * MIB);
    }

    @Test
    void workingMemoryLiesOnTheHeap() {
        assertThat(new JvmShare(96 * MIB).of(8192 * MIB, 50 * MIB)).isEqualTo(158 * MIB);
        assertThat(new JvmShare(96 * MIB).of(8192 * MIB, 300 * MIB)).isZero();
        assertThat(new JvmShare(4096 * MIB).of(8192 * MIB, 300 * MIB)).isEqualTo(256 * MIB);
    }

    @Test
    void theSmallestBudgetLeavesWhatIsNeededAndNoSmallerOneDoes() {
        Random random = new Random(1);
        for (int i = 0; i < 2000; i++) {
            JvmShare jvm = new JvmShare((16 + random.nextInt(2000)) * MIB);
            long needed = 1 + random.nextLong(4096 * MIB);
            long working = random.nextLong(needed);
            long budget = jvm.smallestBudget(needed, working);
            assertThat(budget - jvm.of(budget, working)).isGreaterThanOrEqualTo(needed);
            assertThat(budget - 1 - jvm.of(budget - 1, working)).isLessThan(needed);
        }
    }
}
