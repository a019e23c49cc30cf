package io.specoffload.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.store.StreamUnit.Extent;
import io.specoffload.store.StreamUnit.Range;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StreamUnitTest {

    private static final int BLOCK = 512;

    @Test
    void neighboursAreReadTogether() {
        StreamUnit unit = new StreamUnit(List.of(new Extent("b", 0, 1120, 2000), new Extent("a", 0, 1000, 100)), BLOCK);
        assertThat(unit.last()).isEqualTo("a");
        assertThat(unit.ranges()).containsExactly(new Range(0, 512, 3072, 2608, 2100, 0));
        assertThat(unit.offset("a")).contains(488L);
        assertThat(unit.offset("b")).contains(608L);
        assertThat(unit.usefulBytes()).isEqualTo(2100);
    }

    @Test
    void farApartOrInOtherFilesTheyAreNot() {
        StreamUnit unit = new StreamUnit(
                List.of(new Extent("a", 0, 0, 100), new Extent("b", 0, 9000, 100), new Extent("d", 1, 200, 100)),
                BLOCK);
        assertThat(unit.ranges()).hasSize(3);
    }

    @Test
    void anEmptyUnitIsRefused() {
        assertThatThrownBy(() -> new StreamUnit(List.of(), BLOCK)).isInstanceOf(IllegalArgumentException.class);
    }

    /** Whatever the extents: ranges are aligned, do not overlap, cover every extent, and stay within the estimate. */
    @Test
    void rangesCoverTheExtentsWithinTheEstimate() {
        Random random = new Random(1);
        for (int run = 0; run < 500; run++) {
            List<Extent> extents = new ArrayList<>();
            long position = random.nextInt(3000);
            long estimate = 0;
            for (int i = 0; i < 1 + random.nextInt(8); i++) {
                Extent extent = new Extent("t" + i, random.nextInt(2), position, 1 + random.nextInt(5000));
                extents.add(extent);
                estimate += extent.padded(BLOCK);
                position += extent.bytes() + (random.nextBoolean() ? random.nextInt(32) : random.nextInt(4000));
            }
            StreamUnit unit = new StreamUnit(extents, BLOCK);
            assertThat(unit.bytes()).isLessThanOrEqualTo(estimate);
            long end = 0;
            for (Range range : unit.ranges()) {
                assertThat(range.position() % BLOCK).isZero();
                assertThat(range.bytes() % BLOCK).isZero();
                assertThat(range.offset()).isEqualTo(end);
                assertThat(range.required()).isLessThanOrEqualTo(range.bytes());
                end += range.bytes();
            }
            assertThat(unit.bytes()).isEqualTo(end);
            for (Extent extent : extents) {
                long offset = unit.offset(extent.name()).orElseThrow();
                assertThat(unit.ranges()).anySatisfy(range -> {
                    assertThat(range.part()).isEqualTo(extent.file());
                    assertThat(range.position() + offset - range.offset()).isEqualTo(extent.position());
                    assertThat(offset + extent.bytes()).isLessThanOrEqualTo(range.offset() + range.required());
                });
            }
        }
    }
}
