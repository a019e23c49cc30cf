package io.specoffload.engine;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class HeapNeedTest {

    private static final long MIB = 1L << 20;

    private static MemoryPlan plan(long working) {
        return new MemoryPlan(10_000 * MIB, Map.of("working memory", working, "draft model", 5_000 * MIB), null);
    }

    @Test
    void whatLiesOutsideOfTheHeapDoesNotCount() {
        assertThatCode(() -> HeapNeed.check(plan(64 * MIB), 96 * MIB)).doesNotThrowAnyException();
    }

    @Test
    void aHeapThatIsTooSmallIsRefusedWithARemedy() {
        assertThatThrownBy(() -> HeapNeed.check(plan(71 * MIB), 96 * MIB))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least -Xmx103m");
    }
}
