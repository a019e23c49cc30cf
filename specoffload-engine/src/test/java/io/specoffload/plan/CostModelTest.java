package io.specoffload.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.plan.CostModel.DraftContext;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class CostModelTest {

    /** Mixtral 8x7B in 16 bits: 32 layers, width 4096, 8 key/value heads of 128, 8 experts of 14336. */
    private static final ModelFootprint MIXTRAL = new ModelFootprint(
            32,
            2 * 41_943_040L,
            41_943_040L,
            8,
            2,
            2 * 176_160_768L,
            176_160_768L,
            0,
            0,
            4 * 131_072_000L,
            131_072_000L,
            4096,
            4096,
            4096,
            14336,
            32000,
            2);

    private static final ModelFootprint DENSE = new ModelFootprint(
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

    private static final DraftFootprint MISTRAL_7B = new DraftFootprint(14_500_000_000L, 14.5e9, 131_072);
    private static final Workload WORKLOAD = new Workload(300, 32, 0.7);

    private static ResourceRates rates(boolean shared) {
        return new ResourceRates(12e9, 3.5e9, 3.5e9, 60e9, 900e9, 1e12, 100e12, 1e-4, 2e-4, shared);
    }

    private static Policy policy(int groups, int size, int candidates) {
        return new Policy(groups, size, candidates, 10, 0, 0, 0, 0.5, 2);
    }

    @Test
    void theFeedForwardPartOfMixtralIsNinetyGigabytesASweep() {
        CostModel model = new CostModel(MIXTRAL, MISTRAL_7B, rates(false));
        Policy policy = policy(2, 256, 6);
        assertThat(32 * model.streamedBytesPerLayer(policy, policy.rows())).isCloseTo(90.2e9, within(0.1e9));
        // half pinned, so the mean of the reciprocals: 5.4 GB/s
        assertThat(32 * model.linkSecondsPerLayer(policy, policy.rows())).isCloseTo(90.2 / 5.42, within(0.1));
        assertThat(MIXTRAL.kvBytesPerToken() * MIXTRAL.layers()).isEqualTo(131_072);
    }

    @Test
    void fewTokensTouchFewExperts() {
        CostModel model = new CostModel(MIXTRAL, MISTRAL_7B, rates(false));
        assertThat(model.streamedBytesPerLayer(policy(1, 1, 0), 1)).isCloseTo(2 * 2 * 176_160_768.0, within(1.0));
    }

    @Test
    void nextLayerPrefetchNeverTakesLongerThanThePublishedSweep() {
        Random random = new Random(3);
        for (int trial = 0; trial < 500; trial++) {
            CostModel model = new CostModel(MIXTRAL, MISTRAL_7B, rates(false));
            Policy policy = new Policy(
                    2,
                    1 + random.nextInt(300),
                    random.nextInt(8),
                    8,
                    0,
                    random.nextDouble(),
                    0,
                    random.nextDouble(),
                    2);
            double link = MIXTRAL.layers() * model.linkSecondsPerLayer(policy, policy.rows());
            double bus = MIXTRAL.layers() * model.hostMemorySecondsPerLayer(policy, WORKLOAD, policy.rows());
            if (bus <= link) {
                assertThat(model.sweepSeconds(policy, WORKLOAD))
                        .isLessThanOrEqualTo(model.publishedSweepSeconds(policy, WORKLOAD) * (1 + 1e-9));
            }
        }
    }

    @Test
    void theDraftsContextCostsLeastWhereItStays() {
        CostModel model = new CostModel(MIXTRAL, MISTRAL_7B, rates(false));
        // 320 sequences of 450 tokens: 18.9 GB to swap at 12 GB/s, 2 PFLOP to compute again at 100 TFLOP/s
        Policy policy = policy(2, 320, 8);
        Workload long450 = new Workload(450, 32, 0.7);
        assertThat(model.draftContextSeconds(policy, long450, DraftContext.RESIDENT))
                .isZero();
        assertThat(model.draftContextSeconds(policy, long450, DraftContext.SWAPPED))
                .isCloseTo(1.6, within(0.1));
        assertThat(model.draftContextSeconds(policy, long450, DraftContext.RECOMPUTED))
                .isCloseTo(20.9, within(0.5));
    }

    @Test
    void draftsGoChunkByChunk() {
        CostModel model = new CostModel(MIXTRAL, MISTRAL_7B, rates(false));
        double step = model.draftStepSeconds(10);
        double last = model.draftStepSeconds(6);
        assertThat(model.draftSeconds(policy(2, 256, 6))).isCloseTo(6 * (25 * step + last), within(1e-9));
        assertThat(model.draftSeconds(policy(2, 256, 0))).isZero();
    }

    @Test
    void moreOfAnythingNeverPromisesLess() {
        Random random = new Random(11);
        for (int trial = 0; trial < 1000; trial++) {
            ResourceRates base = new ResourceRates(
                    1e9 + 20e9 * random.nextDouble(),
                    1e9 + 5e9 * random.nextDouble(),
                    0.5e9 + 5e9 * random.nextDouble(),
                    20e9 + 80e9 * random.nextDouble(),
                    50e9 + 900e9 * random.nextDouble(),
                    1e11 + 1e12 * random.nextDouble(),
                    1e12 + 1e14 * random.nextDouble(),
                    1e-4,
                    1e-4,
                    random.nextBoolean());
            Policy policy = new Policy(
                    1 + random.nextInt(2),
                    1 + random.nextInt(200),
                    random.nextInt(8),
                    1 + random.nextInt(16),
                    random.nextInt(100),
                    0.9 * random.nextDouble(),
                    random.nextDouble(),
                    random.nextDouble(),
                    random.nextInt(10));
            ModelFootprint model = random.nextBoolean() ? MIXTRAL : DENSE;
            double before = new CostModel(model, MISTRAL_7B, base).tokensPerSecond(policy, WORKLOAD);
            for (int field = 0; field < 7; field++) {
                double after = new CostModel(model, MISTRAL_7B, faster(base, field)).tokensPerSecond(policy, WORKLOAD);
                assertThat(after).isGreaterThanOrEqualTo(before * (1 - 1e-12));
            }
            UnaryOperator<Policy> resident = p -> new Policy(
                    p.groups(),
                    p.groupSize(),
                    p.candidates(),
                    p.draftBatchSize(),
                    p.prefillRows(),
                    p.residentShare() + 0.1,
                    p.diskShare(),
                    p.pinnedShare(),
                    p.stagingLayers());
            CostModel cost = new CostModel(model, MISTRAL_7B, base);
            // as much staged in seconds as before: memory for residents comes on top
            if (policy.groups() == 2) {
                assertThat(cost.tokensPerSecond(resident.apply(policy), WORKLOAD))
                        .isGreaterThanOrEqualTo(before * (1 - 1e-12));
            }
            assertThat(cost.tokensPerSecond(policy, new Workload(300, 32, 0.8))).isGreaterThanOrEqualTo(before);
        }
    }

    private static ResourceRates faster(ResourceRates r, int field) {
        return new ResourceRates(
                r.pinnedBytesPerSecond() * (field == 0 ? 1.5 : 1),
                r.pageableBytesPerSecond() * (field == 1 ? 1.5 : 1),
                r.diskBytesPerSecond() * (field == 2 ? 1.5 : 1),
                r.hostMemoryBytesPerSecond() * (field == 3 ? 1.5 : 1),
                r.deviceMemoryBytesPerSecond() * (field == 4 ? 1.5 : 1),
                r.hostFlopPerSecond() * (field == 5 ? 1.5 : 1),
                r.deviceFlopPerSecond() * (field == 6 ? 1.5 : 1),
                r.layerOverheadSeconds(),
                r.draftStepOverheadSeconds(),
                r.sharedCompute());
    }

    @Test
    void thePlanNamesWhatBinds() {
        MemoryModel memory = new MemoryModel(MIXTRAL, MISTRAL_7B, 1L << 30);
        CostModel model = new CostModel(MIXTRAL, MISTRAL_7B, rates(false));
        assertThat(model.plan(policy(2, 256, 6), WORKLOAD, memory).binding()).isEqualTo(Plan.Resource.LINK);
        Policy disk = new Policy(2, 32, 6, 10, 0, 0, 1, 1, 2);
        assertThat(model.plan(disk, WORKLOAD, memory).binding()).isEqualTo(Plan.Resource.DISK);
        ResourceRates slowHost = new ResourceRates(12e9, 3.5e9, 3.5e9, 60e9, 900e9, 1e10, 100e12, 1e-4, 2e-4, false);
        assertThat(new CostModel(MIXTRAL, MISTRAL_7B, slowHost)
                        .plan(policy(2, 256, 6), WORKLOAD, memory)
                        .binding())
                .isEqualTo(Plan.Resource.COMPUTE);
        Policy drafting = new Policy(2, 256, 6, 1, 0, 0, 0, 1, 2);
        assertThat(model.plan(drafting, WORKLOAD, memory).binding()).isEqualTo(Plan.Resource.DRAFT);
    }

    @Test
    void aStaticBatchGivesLessThanContinuousOne() {
        CostModel model = new CostModel(MIXTRAL, MISTRAL_7B, rates(false));
        Policy policy = policy(2, 256, 6);
        double rounds = WORKLOAD.outputLength() / ExpectedTokens.independent(0.7, 6);
        assertThat(model.staticTokensPerSecond(policy, WORKLOAD, 0, rounds))
                .isCloseTo(model.tokensPerSecond(policy, WORKLOAD), within(1e-6));
        assertThat(model.staticTokensPerSecond(policy, WORKLOAD, 100, 1.5 * rounds))
                .isLessThan(model.tokensPerSecond(policy, WORKLOAD) / 1.5);
    }
}
