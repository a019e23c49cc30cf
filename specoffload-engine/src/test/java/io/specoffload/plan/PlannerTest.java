package io.specoffload.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.hardware.HostSpec;
import io.specoffload.hardware.PassCosts;
import io.specoffload.plan.Demand.Objective;
import io.specoffload.plan.Plan.Resource;
import io.specoffload.tensor.DType;
import io.specoffload.testing.Profiles;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PlannerTest {

    private static final long MB = 1_000_000;

    /** 22 layers of 44 million weights in 8 bits, a head of 66 million. */
    private static final ComputeFootprint TARGET = new ComputeFootprint(
            List.of(
                    new MatrixGroup(DType.Q8_0, 968e6, 154, 1, 1, false),
                    new MatrixGroup(DType.Q8_0, 66e6, 1, 1, 1, true)),
            22,
            2048,
            2048,
            5632,
            32000,
            DType.F16,
            22528);

    private static final ComputeFootprint DRAFT = new ComputeFootprint(
            List.of(new MatrixGroup(DType.Q8_0, 110e6, 84, 1, 1, false)), 12, 768, 768, 3072, 32000, DType.F16, 36864);

    private static final HostSpec HOST = Profiles.host();

    private static MemoryShape memory(long budget) {
        return new MemoryShape(budget, 250 * MB, 30 * MB, 60_000, 2 * MB, 70 * MB, 47 * MB, 22, 70 * MB, 0, 1, 1);
    }

    private static MemoryShape experts(long budget) {
        // 16 layers of 8 experts of 20 MB, 2 used
        return new MemoryShape(budget, 250 * MB, 30 * MB, 60_000, 2 * MB, 70 * MB, 20 * MB, 16, 70 * MB, 20 * MB, 8, 2);
    }

    private static HostPolicyModel model(MemoryShape memory, double disk) {
        return new HostPolicyModel(memory, new PassTime(TARGET, HOST, 2), new PassTime(DRAFT, HOST, 2), disk, false);
    }

    private static SearchSpace space() {
        return new SearchSpace(
                List.of(1, 2, 4, 8, 16),
                List.of(1, 2),
                IntStream.rangeClosed(0, 12).boxed().toList(),
                IntStream.rangeClosed(2, 20).boxed().toList(),
                List.of(32, 128, 512));
    }

    private static Demand demand(int sequences, double acceptance) {
        return new Demand(64, 128, sequences, acceptance, Objective.THROUGHPUT, null, null);
    }

    private static PlanReport plan(MemoryShape memory, double disk, Demand demand) {
        return new Planner(model(memory, disk)).plan(space(), demand).orElseThrow();
    }

    @Test
    void whatFitsStaysInMemory() {
        Prediction best = plan(memory(2000 * MB), 1e9, demand(4, 0.7)).best();
        assertThat(best.streams()).isFalse();
        assertThat(best.diskSeconds()).isZero();
        assertThat(best.binding()).isNotEqualTo(Resource.DISK);
    }

    @Test
    void aSlowDiskAsksForMoreCandidatesThanMemoryDoes() {
        Prediction streamed = plan(memory(800 * MB), 2e8, demand(4, 0.8)).best();
        Prediction resident = plan(memory(2000 * MB), 2e8, demand(4, 0.8)).best();
        assertThat(streamed.streams()).isTrue();
        assertThat(streamed.binding()).isEqualTo(Resource.DISK);
        assertThat(streamed.setting().candidates())
                .isGreaterThan(resident.setting().candidates());
    }

    @Test
    void drafterThatIsHardlyEverRightIsNotAsked() {
        assertThat(plan(memory(2000 * MB), 1e9, demand(1, 0.05))
                        .best()
                        .setting()
                        .candidates())
                .isZero();
    }

    @Test
    void noSettingOfTheSpaceIsBetter() {
        for (double disk : new double[] {1e8, 1e9, 5e9}) {
            Demand demand = demand(8, 0.7);
            HostPolicyModel model = model(memory(900 * MB), disk);
            PlanReport report = new Planner(model).plan(space(), demand).orElseThrow();
            Random random = new Random(5);
            for (int i = 0; i < 2000; i++) {
                int slots = 1 << random.nextInt(4);
                Setting other = new Setting(
                        slots,
                        slots == 1 ? 1 : 1 + random.nextInt(2),
                        random.nextInt(13),
                        2 + random.nextInt(19),
                        List.of(32, 128, 512).get(random.nextInt(3)));
                model.predict(other, demand)
                        .ifPresent(prediction -> assertThat(prediction.tokensPerSecond())
                                .as("%s", other)
                                .isLessThanOrEqualTo(1.0011 * report.best().tokensPerSecond()));
            }
        }
    }

    @Test
    void memoryIsNeverExceeded() {
        Random random = new Random(11);
        for (int i = 0; i < 3000; i++) {
            long budget = (300 + random.nextInt(3000)) * MB;
            MemoryShape shape = i % 2 == 0 ? memory(budget) : experts(budget);
            Setting setting = new Setting(
                    1 + random.nextInt(16), 1, random.nextInt(9), 2 + random.nextInt(20), 1 + random.nextInt(512));
            shape.layout(setting).ifPresent(layout -> {
                long layers = shape.layers();
                long streamed = layout.streamedLayerBytes();
                long head = layout.streamedHeadBytes() > 0 ? 0 : shape.headBytes();
                boolean everything =
                        layout.memoryBytes() < budget || shape.withoutTarget(setting) + shape.targetBytes() <= budget;
                long weights = everything
                        ? shape.targetBytes()
                        : shape.alwaysBytes()
                                + head
                                + layers * (shape.layerBytes() - streamed)
                                + layout.stagingLayers() * streamed
                                + layout.cachedExperts() * shape.expertBytes();
                assertThat(shape.withoutTarget(setting) + weights).isLessThanOrEqualTo(budget);
            });
        }
    }

    @Test
    void moreOfAnythingIsNeverWorse() {
        Random random = new Random(2);
        for (int i = 0; i < 25; i++) {
            long budget = (700 + random.nextInt(1500)) * MB;
            double disk = 1e8 * Math.pow(30, random.nextDouble());
            double acceptance = 0.2 + 0.6 * random.nextDouble();
            int sequences = 1 << random.nextInt(4);
            double here = plan(memory(budget), disk, demand(sequences, acceptance))
                    .best()
                    .tokensPerSecond();
            // settings within a thousandth count as equal
            double least = here / 1.0011;
            assertThat(plan(memory(budget + 200 * MB), disk, demand(sequences, acceptance))
                            .best()
                            .tokensPerSecond())
                    .isGreaterThanOrEqualTo(least);
            assertThat(plan(memory(budget), 1.5 * disk, demand(sequences, acceptance))
                            .best()
                            .tokensPerSecond())
                    .isGreaterThanOrEqualTo(least);
            assertThat(plan(memory(budget), disk, demand(sequences, acceptance + 0.1))
                            .best()
                            .tokensPerSecond())
                    .isGreaterThanOrEqualTo(least);
        }
    }

    @Test
    void latencyAndThroughputAreDifferentAims() {
        Demand throughput = demand(16, 0.7);
        Demand latency = new Demand(64, 128, 16, 0.7, Objective.LATENCY, null, null);
        Prediction fast = plan(memory(2600 * MB), 1e9, latency).best();
        Prediction much = plan(memory(2600 * MB), 1e9, throughput).best();
        assertThat(fast.secondsPerToken()).isLessThan(much.secondsPerToken());
        assertThat(fast.tokensPerSecond()).isLessThan(much.tokensPerSecond());
    }

    @Test
    void aLimitOnTheTimePerTokenIsKeptOrThereIsNoPlan() {
        double best = plan(memory(2600 * MB), 1e9, demand(16, 0.7)).best().secondsPerToken();
        Demand limited = new Demand(64, 128, 16, 0.7, Objective.THROUGHPUT, best / 2, null);
        Prediction found = plan(memory(2600 * MB), 1e9, limited).best();
        assertThat(found.secondsPerToken()).isLessThanOrEqualTo(best / 2);
        Demand impossible = new Demand(64, 128, 16, 0.7, Objective.THROUGHPUT, 1e-6, null);
        assertThat(new Planner(model(memory(2600 * MB), 1e9)).plan(space(), impossible))
                .isEmpty();
    }

    @Test
    void promptsDoNotHoldUpAnswersForLong() {
        Demand patient = demand(4, 0.7);
        Demand busy = new Demand(64, 128, 4, 0.7, Objective.THROUGHPUT, null, 0.3);
        assertThat(plan(memory(2600 * MB), 1e9, patient).best().setting().prefillChunk())
                .isGreaterThan(32);
        assertThat(plan(memory(2600 * MB), 1e9, busy).best().setting().prefillChunk())
                .isEqualTo(32);
    }

    @Test
    void runnersUpDifferInOneRespectAndSayWhyTheyLost() {
        PlanReport report = plan(memory(900 * MB), 5e8, demand(4, 0.7));
        assertThat(report.runnersUp()).hasSizeGreaterThanOrEqualTo(3).allSatisfy(other -> {
            assertThat(other.reason()).containsAnyOf("tokens/s", "promises nothing more");
            assertThat(other.prediction().setting()).isNotEqualTo(report.best().setting());
        });
        assertThat(report.tried()).isPositive();
        // with 19 or 20 staging buffers of 47 MB little else fits
        assertThat(report.tooLarge()).isBetween(1, report.tried() - 1);
    }

    @Test
    void aBudgetTooSmallForAnythingHasNoPlan() {
        assertThat(new Planner(model(memory(260 * MB), 1e9)).plan(space(), demand(1, 0.7)))
                .isEqualTo(Optional.empty());
    }

    @Test
    void fewRowsReadFewExperts() {
        MemoryShape shape = experts(1200 * MB);
        MemoryShape.Layout layout = shape.layout(new Setting(1, 1, 0, 2, 32)).orElseThrow();
        assertThat(layout.streamedLayerBytes()).isZero();
        double missing = 1 - layout.cachedExperts() / 128.0;
        assertThat(shape.streamedBytes(layout, 1)).isCloseTo(16 * 2 * missing * 20 * MB, within(1.0));
        assertThat(shape.streamedBytes(layout, 64))
                .isCloseTo(16 * 8 * missing * 20 * MB, within(0.001 * 16 * 8 * 20 * MB));
    }

    @Test
    void fewerThreadsComputeLonger() {
        double two = new PassTime(TARGET, HOST, 2).seconds(8, 8, 100, 2);
        double one = new PassTime(TARGET, HOST, 1).seconds(8, 8, 100, 2);
        assertThat(one).isBetween(1.2 * two, 2.2 * two);
    }

    @Test
    void aPassTakesWhatItsMatricesTakeAndSomeMore() {
        // 72 GFLOP/s with 8 columns
        double products = 2 * 8 * (968e6 + 66e6) / 72e9;
        double all = new PassTime(TARGET, HOST, 2).seconds(8, 8, 100, 2);
        assertThat(all).isBetween(products, 1.3 * products);
        // without logits the head is left out
        assertThat(all - new PassTime(TARGET, HOST, 2).seconds(8, 0, 100, 2))
                .isCloseTo(2 * 8 * 66e6 / 72e9 + 8 * 32000 * 5e-10 + 5e-6, within(1e-9));
    }

    @Test
    void whatIsMeasuredOfAPassIsWhatItTakes() {
        PassCosts costs = Profiles.pass();
        PassCosts.AttentionCost attention = costs.attention(DType.F16);
        double products = new PassTime(TARGET, HOST, 2).seconds(8, 8, 0, 2);
        double with = new PassTime(TARGET, HOST, 2).seconds(8, 8, 1000, 2);
        assertThat(with - products)
                .isCloseTo(
                        2 * 1000 * 22528.0 * attention.cachedByteSeconds()
                                + 8 * 1000 * 2048.0 * 22 * attention.scoreSeconds(),
                        within(1e-9));
        double nine = new PassTime(TARGET, HOST, 2).seconds(9, 8, 0, 2);
        // beyond the last knot, products take in proportion
        assertThat(nine - products)
                .isCloseTo(
                        2 * 968e6 / 72e9 + 22 * (6 * 2048 + 2 * 2048 + 3 * 5632) * costs.elementSeconds(),
                        within(1e-9));
    }

    @Test
    void aProfileWithoutCostsOfAPassWillDo() {
        HostSpec older = Profiles.host(null);
        double guessed = new PassTime(TARGET, older, 2).seconds(1, 1, 500, 1);
        double measured = new PassTime(TARGET, HOST, 2).seconds(1, 1, 500, 1);
        assertThat(guessed).isBetween(0.8 * measured, 1.25 * measured);
        assertThat(new PassTime(TARGET, older, 2).seconds(1, 1, 4000, 1)).isGreaterThan(guessed);
    }
}
