package io.specoffload.plan;

import static io.specoffload.plan.PlanFixtures.MB;
import static io.specoffload.plan.PlanFixtures.experts;
import static io.specoffload.plan.PlanFixtures.memory;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.tensor.DType;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MemoryShapeTest {

    @Test
    void rowsOfCandidatesAreCountedOnce() {
        MemoryShape shape = memory(2000 * MB);
        // twice the planned candidates, at least 4, at most 16; the chunk, or one row for each slot
        for (int[] one : new int[][] {{4, 0, 32, 4, 48}, {4, 3, 32, 6, 56}, {4, 12, 32, 16, 96}, {64, 2, 32, 4, 320}}) {
            Setting setting = new Setting(one[0], 1, one[1], 2, one[2], DType.F16);
            long slots = one[0];
            long caches = slots * Math.ceilDiv(256 + one[3] + 1, 64) * (2_883_584L + 2_359_296L);
            // the draft model's passes have 32 rows, and of each sequence one row's logits
            long logits = (slots * (one[3] + 1) + Math.min(slots, 32)) * 128_000L;
            long activations = one[4] * 60_000L + Math.min(one[4], 32) * 30_000L;
            assertThat(shape.withoutTarget(setting))
                    .as("%s", setting)
                    .isEqualTo(250 * MB + caches + logits + activations);
        }
    }

    @Test
    void memoryIsNeverExceeded() {
        Random random = new Random(11);
        for (int i = 0; i < 3000; i++) {
            long budget = (300 + random.nextInt(3000)) * MB;
            MemoryShape shape = i % 2 == 0 ? memory(budget) : experts(budget);
            Setting setting = new Setting(
                    1 + random.nextInt(16),
                    1,
                    random.nextInt(9),
                    (1 + random.nextInt(500)) * MB,
                    1 + random.nextInt(512),
                    random.nextBoolean() ? DType.F16 : DType.Q8_0);
            shape.layout(setting).ifPresent(layout -> {
                long matrices = shape.layers() * shape.target().layerBytes()
                        + shape.target().headBytes();
                boolean everything =
                        layout.memoryBytes() < budget || shape.withoutTarget(setting) + shape.targetBytes() <= budget;
                long weights = everything
                        ? shape.targetBytes()
                        : shape.target().alwaysBytes()
                                + matrices
                                - layout.streamedBytes()
                                + layout.stagingBytes()
                                + layout.cachedExperts() * shape.target().expertBytes();
                assertThat(shape.withoutTarget(setting) + weights).isLessThanOrEqualTo(budget);
            });
        }
    }

    @Test
    void fewRowsReadFewExperts() {
        MemoryShape shape = experts(1200 * MB);
        MemoryShape.Layout layout =
                shape.layout(new Setting(1, 1, 0, 2, 32, DType.F16)).orElseThrow();
        assertThat(layout.streamedBytes()).isZero();
        // three of them pass
        double missing = 1 - (layout.cachedExperts() - 3) / 128.0;
        assertThat(shape.streamedBytes(layout, 1)).isCloseTo(16 * 2 * missing * 20 * MB, within(1.0));
        assertThat(shape.streamedBytes(layout, 64))
                .isCloseTo(16 * 8 * missing * 20 * MB, within(0.001 * 16 * 8 * 20 * MB));
    }

    @Test
    void roomForMoreCandidatesThanPlannedIsLittleWhereSlotsAreMany() {
        MemoryShape.Room room = PlanFixtures.room(256);
        assertThat(room.candidates(setting(1, 0))).isEqualTo(4);
        assertThat(room.candidates(setting(1, 6))).isEqualTo(12);
        assertThat(room.candidates(setting(1, 12))).isEqualTo(16);
        assertThat(room.candidates(setting(16, 0))).isEqualTo(2);
        assertThat(room.candidates(setting(16, 5))).isEqualTo(7);
        assertThat(room.candidates(setting(64, 16))).isEqualTo(16);
    }

    private static Setting setting(int slots, int candidates) {
        return new Setting(slots, 1, candidates, 2, 32, DType.F16);
    }
}
