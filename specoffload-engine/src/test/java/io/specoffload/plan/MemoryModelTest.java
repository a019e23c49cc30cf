package io.specoffload.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class MemoryModelTest {

    private static final ModelFootprint MODEL = new ModelFootprint(
            22,
            20_000_000,
            10_000_000,
            1,
            1,
            80_000_000,
            40_000_000,
            0,
            0,
            200_000_000,
            50_000_000,
            1024,
            2048,
            2048,
            5632,
            32000,
            4);
    private static final DraftFootprint DRAFT = new DraftFootprint(300_000_000, 0.3e9, 10_000);
    private static final Workload WORKLOAD = new Workload(500, 100, 0.7);
    private static final MemoryModel MEMORY = new MemoryModel(MODEL, DRAFT, 256 << 20);

    private static Policy policy(int size, int candidates, double resident, int staging) {
        return new Policy(2, size, candidates, 8, 64, resident, 0, 1, staging);
    }

    @Test
    void countsWeightsStagingCachesAndTheDraft() {
        Policy everything = policy(4, 4, 1, 2);
        double weights = MODEL.bytes() + DRAFT.bytes();
        double caches = 8.0 * 604 * (1024 * 22 + 10_000);
        double rows = 4 * 5 + 64;
        double activations = rows * (4 * 2048 + 2048 + 2 * 5632) * 4;
        double logits = 20.0 * 32000 * 4;
        assertThat((double) MEMORY.hostOnlyBytes(everything, WORKLOAD))
                .isCloseTo(1.1 * (weights + caches + activations + logits + (256 << 20)), within(2.0));
        // half of each layer streams through four buffers
        double saved = 0.5 * 80_000_000 * (22 - 4);
        assertThat((double) MEMORY.hostOnlyBytes(policy(4, 4, 0.5, 4), WORKLOAD))
                .isCloseTo(MEMORY.hostOnlyBytes(everything, WORKLOAD) - 1.1 * saved, within(2.0));
    }

    @Test
    void aPolicyWithoutCandidatesNeedsNoDraft() {
        assertThat(MEMORY.hostOnlyBytes(policy(4, 0, 1, 2), WORKLOAD))
                .isLessThan(MEMORY.hostOnlyBytes(policy(4, 1, 1, 2), WORKLOAD) - DRAFT.bytes());
    }

    @Test
    void moreOfAnythingNeverTakesLess() {
        Random random = new Random(4);
        for (int trial = 0; trial < 500; trial++) {
            int size = 1 + random.nextInt(50);
            int candidates = random.nextInt(8);
            double resident = 0.9 * random.nextDouble();
            int staging = 2 + random.nextInt(10);
            Policy base = policy(size, candidates, resident, staging);
            Policy[] more = {
                policy(size + 1, candidates, resident, staging),
                policy(size, candidates + 1, resident, staging),
                policy(size, candidates, resident + 0.1, staging),
                policy(size, candidates, resident, staging + 1)
            };
            for (Policy policy : more) {
                assertThat(MEMORY.hostOnlyBytes(policy, WORKLOAD))
                        .isGreaterThanOrEqualTo(MEMORY.hostOnlyBytes(base, WORKLOAD));
                assertThat(MEMORY.deviceDecodeBytes(policy, WORKLOAD))
                        .isGreaterThanOrEqualTo(MEMORY.deviceDecodeBytes(base, WORKLOAD));
            }
        }
    }

    @Test
    void fitsIffEveryPhaseDoes() {
        Policy policy = policy(4, 4, 0.5, 4);
        long host = MEMORY.hostOnlyBytes(policy, WORKLOAD);
        assertThat(MEMORY.fits(policy, WORKLOAD, new MemoryBudget(0, host, Long.MAX_VALUE)))
                .isTrue();
        assertThat(MEMORY.fits(policy, WORKLOAD, new MemoryBudget(0, host - 1, Long.MAX_VALUE)))
                .isFalse();
        assertThat(MEMORY.fits(policy, WORKLOAD, new MemoryBudget(0, host, MODEL.bytes() - 1)))
                .isFalse();
        long device = Math.max(MEMORY.devicePrefillBytes(policy), MEMORY.deviceDecodeBytes(policy, WORKLOAD));
        long beside = MEMORY.hostBytes(policy, WORKLOAD);
        assertThat(MEMORY.fits(policy, WORKLOAD, new MemoryBudget(device, beside, Long.MAX_VALUE)))
                .isTrue();
        assertThat(MEMORY.fits(policy, WORKLOAD, new MemoryBudget(device - 1, beside, Long.MAX_VALUE)))
                .isFalse();
        assertThat(MEMORY.fits(policy, WORKLOAD, new MemoryBudget(device, beside - 1, Long.MAX_VALUE)))
                .isFalse();
    }
}
