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
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
            Map.of(DType.F16, 45056.0, DType.Q8_0, 23936.0));

    private static final ComputeFootprint DRAFT = new ComputeFootprint(
            List.of(new MatrixGroup(DType.Q8_0, 110e6, 84, 1, 1, false)),
            12,
            768,
            768,
            3072,
            32000,
            Map.of(DType.F16, 36864.0, DType.Q8_0, 19584.0));

    private static final HostSpec HOST = Profiles.host();

    /** 4096 positions: 0.36 GB per slot for both caches with float16, 0.19 with 8 bits. */
    private static MemoryShape.Room room(int context) {
        return new MemoryShape.Room(
                context,
                64,
                4,
                16,
                List.of(
                        new MemoryShape.PerModel(
                                Map.of(DType.F16, 2_883_584L, DType.Q8_0, 1_531_904L), 60_000, 2048, 128_000),
                        new MemoryShape.PerModel(
                                Map.of(DType.F16, 2_359_296L, DType.Q8_0, 1_253_376L), 30_000, 512, 128_000)));
    }

    private static MemoryShape memory(long budget) {
        return memory(budget, 256);
    }

    private static MemoryShape memory(long budget, int context) {
        return new MemoryShape(
                budget,
                250 * MB,
                room(context),
                new MemoryShape.Weights(2 * MB, 70 * MB, 47 * MB, 22, 70 * MB, 0, 1, 1));
    }

    private static MemoryShape experts(long budget) {
        // 16 layers of 8 experts of 20 MB, 2 used
        return new MemoryShape(
                budget,
                250 * MB,
                room(256),
                new MemoryShape.Weights(2 * MB, 70 * MB, 20 * MB, 16, 70 * MB, 20 * MB, 8, 2));
    }

    private static HostPolicyModel model(MemoryShape memory, double disk) {
        return new HostPolicyModel(memory, new PassTime(TARGET, HOST, 2), new PassTime(DRAFT, HOST, 2), disk, false);
    }

    private static SearchSpace space() {
        return new SearchSpace(
                List.of(1, 2, 4, 8, 16),
                List.of(1, 2),
                IntStream.rangeClosed(0, 12).boxed().toList(),
                IntStream.rangeClosed(0, 12).mapToObj(i -> 20 * MB << i / 2).toList(),
                List.of(32, 128, 512),
                List.of(DType.F16),
                Double.POSITIVE_INFINITY);
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
        Random random = new Random(5);
        for (int i = 0; i < 24; i++) {
            MemoryShape shape = i % 3 == 0
                    ? experts((1100 + random.nextInt(1500)) * MB)
                    : memory((600 + random.nextInt(1000)) * MB);
            HostPolicyModel model = model(shape, 1e8 * Math.pow(50, random.nextDouble()));
            Demand demand = new Demand(
                    random.nextInt(300),
                    1 + random.nextInt(200),
                    1 << random.nextInt(5),
                    random.nextDouble(),
                    random.nextBoolean() ? Objective.THROUGHPUT : Objective.LATENCY,
                    random.nextInt(3) == 0 ? 0.05 + random.nextDouble() : null,
                    random.nextInt(3) == 0 ? 0.05 + random.nextDouble() : null);
            Optional<PlanReport> report = new Planner(model).plan(space(), demand);
            Optional<Double> least = everySetting(space(), demand)
                    .flatMap(setting -> model.predict(setting, demand).stream())
                    .filter(prediction -> permitted(prediction, demand))
                    .map(prediction -> cost(prediction, demand))
                    .min(Double::compare);
            assertThat(report.isPresent()).as("%s", demand).isEqualTo(least.isPresent());
            report.ifPresent(found -> {
                assertThat(cost(found.best(), demand)).isLessThanOrEqualTo(1.001 * least.orElseThrow());
                assertThat(permitted(found.best(), demand)).isTrue();
            });
        }
    }

    private static double cost(Prediction prediction, Demand demand) {
        return demand.objective() == Objective.THROUGHPUT
                ? 1 / prediction.tokensPerSecond()
                : prediction.secondsPerToken();
    }

    private static boolean permitted(Prediction prediction, Demand demand) {
        Double pause = demand.mostPauseSeconds();
        Double limit = demand.mostSecondsPerToken();
        return (pause == null
                        || prediction.pauseSeconds() <= pause
                        || prediction.setting().prefillChunk() == 32)
                && (limit == null || prediction.secondsPerToken() <= limit);
    }

    /** Without slots that no sequence needs. */
    private static Stream<Setting> everySetting(SearchSpace space, Demand demand) {
        return space.slots().stream()
                .filter(slots -> slots / 2 < demand.sequences())
                .flatMap(slots -> space.groups().stream()
                        .filter(groups -> groups <= slots)
                        .flatMap(groups -> space.candidates().stream()
                                .flatMap(candidates -> space.stagingBytes().stream()
                                        .flatMap(staging -> space.prefillChunks().stream()
                                                .flatMap(chunk -> space.kvTypes().stream()
                                                        .map(kv -> new Setting(
                                                                slots, groups, candidates, staging, chunk, kv)))))));
    }

    /** 80 layers of 855 million weights in 4.5 bits, and a draft model with a billion. */
    @Test
    void fewPredictionsFindThePlanOfALargeModel() {
        ComputeFootprint large = new ComputeFootprint(
                List.of(
                        new MatrixGroup(DType.Q8_0, 68.4e9, 560, 1, 1, false),
                        new MatrixGroup(DType.Q8_0, 1.05e9, 1, 1, 1, true)),
                80,
                8192,
                8192,
                28672,
                128256,
                Map.of(DType.F16, 327680.0, DType.Q8_0, 174080.0));
        MemoryShape shape = new MemoryShape(
                28_000 * MB,
                1200 * MB,
                new MemoryShape.Room(
                        4096,
                        64,
                        4,
                        16,
                        List.of(
                                new MemoryShape.PerModel(
                                        Map.of(DType.F16, 20_971_520L, DType.Q8_0, 11_141_120L),
                                        400_000,
                                        2048,
                                        513_024),
                                new MemoryShape.PerModel(
                                        Map.of(DType.F16, 2_097_152L, DType.Q8_0, 1_114_112L), 60_000, 512, 513_024))),
                new MemoryShape.Weights(MB, 600 * MB, 481 * MB, 80, 600 * MB, 0, 1, 1));
        SearchSpace all = new SearchSpace(
                List.of(1, 2, 4, 8, 16, 32, 64),
                List.of(1, 2),
                IntStream.rangeClosed(0, 16).boxed().toList(),
                IntStream.rangeClosed(0, 22).mapToObj(i -> 20 * MB * (i + 1)).toList(),
                List.of(32, 64, 128, 256, 512),
                List.of(DType.F16, DType.Q8_0),
                1.1);
        for (int sequences : new int[] {1, 8, 64}) {
            for (double disk : new double[] {2e9, 2e10}) {
                Demand demand = demand(sequences, 0.7);
                int[] predictions = {0};
                HostPolicyModel model = new HostPolicyModel(
                        shape, new PassTime(large, HOST, 2), new PassTime(DRAFT, HOST, 2), disk, false);
                PlanReport report = new Planner(counting(model, predictions))
                        .plan(all, demand)
                        .orElseThrow();
                double most = everySetting(all, demand)
                        .flatMap(setting -> model.predict(setting, demand).stream())
                        .mapToDouble(Prediction::tokensPerSecond)
                        .max()
                        .orElseThrow();
                // an 8-bit cache may have promised less than a tenth more
                assertThat(report.best().tokensPerSecond()).isGreaterThan(most / 1.1015);
                assertThat(report.settings()).isEqualTo(54740);
                assertThat(predictions[0])
                        .as("%d sequences, %.0e bytes per second", sequences, disk)
                        .isBetween(report.tried(), 4000);
            }
        }
    }

    private static PolicyModel counting(PolicyModel model, int[] predictions) {
        return new PolicyModel() {
            @Override
            public Optional<Prediction> predict(Setting setting, Demand demand) {
                predictions[0]++;
                return model.predict(setting, demand);
            }

            @Override
            public Optional<Prediction> bound(Setting setting, Demand demand) {
                predictions[0]++;
                return model.bound(setting, demand);
            }
        };
    }

    @Test
    void anEightBitCacheIsTakenOnlyForWhatItIsWorth() {
        Demand demand = demand(8, 0.7);
        for (int budget : new int[] {2000, 3000, 4200, 9000}) {
            HostPolicyModel model = model(memory(budget * MB, 4096), 3e8);
            PlanReport exact = plan(model, demand, Double.POSITIVE_INFINITY, DType.F16);
            PlanReport small = plan(model, demand, Double.POSITIVE_INFINITY, DType.Q8_0);
            PlanReport open = plan(model, demand, 1.1, DType.F16, DType.Q8_0);
            double gain = small.best().tokensPerSecond() / exact.best().tokensPerSecond();
            assertThat(open.best().setting().kvType())
                    .as("with %d MB an 8-bit cache promises %.2f times as much", budget, gain)
                    .isEqualTo(gain > 1.1 ? DType.Q8_0 : DType.F16);
            assertThat(plan(model, demand, Double.POSITIVE_INFINITY, DType.F16, DType.Q8_0)
                            .best()
                            .setting()
                            .kvType())
                    .as("where float16 fits")
                    .isEqualTo(DType.F16);
        }
        // both happen
        assertThat(plan(model(memory(2000 * MB, 4096), 3e8), demand, 1.1, DType.F16, DType.Q8_0)
                        .best()
                        .setting()
                        .kvType())
                .isEqualTo(DType.Q8_0);
        assertThat(plan(model(memory(9000 * MB, 4096), 3e8), demand, 1.1, DType.F16, DType.Q8_0)
                        .best()
                        .setting()
                        .kvType())
                .isEqualTo(DType.F16);
    }

    @Test
    void whereFloat16DoesNotFitTheCacheHasEightBits() {
        // one slot of 131072 positions
        HostPolicyModel model = model(memory(8000 * MB, 131_072), 1e9);
        Demand lone = demand(1, 0.7);
        assertThat(new Planner(model).plan(space(), lone)).isEmpty();
        assertThat(plan(model, lone, Double.POSITIVE_INFINITY, DType.F16, DType.Q8_0)
                        .best()
                        .setting()
                        .kvType())
                .isEqualTo(DType.Q8_0);
    }

    private static PlanReport plan(HostPolicyModel model, Demand demand, double kvGain, DType... kvTypes) {
        SearchSpace space = space();
        return new Planner(model)
                .plan(
                        new SearchSpace(
                                space.slots(),
                                space.groups(),
                                space.candidates(),
                                space.stagingBytes(),
                                space.prefillChunks(),
                                List.of(kvTypes),
                                kvGain),
                        demand)
                .orElseThrow();
    }

    @Test
    void rowsOfCandidatesAreCountedOnce() {
        MemoryShape shape = memory(2000 * MB);
        // twice the planned candidates, at least 4, at most 16; the chunk, or one row for each slot
        for (int[] one : new int[][] {{4, 0, 32, 4, 48}, {4, 3, 32, 6, 56}, {4, 12, 32, 16, 96}, {64, 2, 32, 4, 320}}) {
            Setting setting = new Setting(one[0], 1, one[1], 2, one[2], DType.F16);
            long slots = one[0];
            long caches = slots * Math.ceilDiv(256 + one[3] + 1, 64) * (2_883_584L + 2_359_296L);
            long logits = slots * (one[3] + 1) * 2 * 128_000L;
            assertThat(shape.withoutTarget(setting))
                    .as("%s", setting)
                    .isEqualTo(250 * MB + caches + logits + one[4] * 90_000L);
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
        assertThat(report.settings()).isEqualTo(space().size());
        assertThat(report.tooLarge()).isBetween(0, report.tried() - 1);
    }

    @Test
    void aBudgetTooSmallForAnythingHasNoPlan() {
        assertThat(new Planner(model(memory(260 * MB), 1e9)).plan(space(), demand(1, 0.7)))
                .isEqualTo(Optional.empty());
    }

    @Test
    void fewRowsReadFewExperts() {
        MemoryShape shape = experts(1200 * MB);
        MemoryShape.Layout layout =
                shape.layout(new Setting(1, 1, 0, 2, 32, DType.F16)).orElseThrow();
        assertThat(layout.streamedBytes()).isZero();
        double missing = 1 - layout.cachedExperts() / 128.0;
        assertThat(shape.streamedBytes(layout, 1)).isCloseTo(16 * 2 * missing * 20 * MB, within(1.0));
        assertThat(shape.streamedBytes(layout, 64))
                .isCloseTo(16 * 8 * missing * 20 * MB, within(0.001 * 16 * 8 * 20 * MB));
    }

    @Test
    void fewerThreadsComputeLonger() {
        double two = new PassTime(TARGET, HOST, 2).seconds(8, 8, 100, 2, DType.F16);
        double one = new PassTime(TARGET, HOST, 1).seconds(8, 8, 100, 2, DType.F16);
        assertThat(one).isBetween(1.2 * two, 2.2 * two);
    }

    @Test
    void aPassTakesWhatItsMatricesTakeAndSomeMore() {
        // 72 GFLOP/s with 8 columns
        double products = 2 * 8 * (968e6 + 66e6) / 72e9;
        double all = new PassTime(TARGET, HOST, 2).seconds(8, 8, 100, 2, DType.F16);
        assertThat(all).isBetween(products, 1.3 * products);
        // without logits the head is left out
        assertThat(all - new PassTime(TARGET, HOST, 2).seconds(8, 0, 100, 2, DType.F16))
                .isCloseTo(2 * 8 * 66e6 / 72e9 + 8 * 32000 * 5e-10 + 5e-6, within(1e-9));
    }

    @Test
    void whatIsMeasuredOfAPassIsWhatItTakes() {
        PassCosts costs = Profiles.pass();
        PassCosts.AttentionCost attention = costs.attention(DType.F16);
        double products = new PassTime(TARGET, HOST, 2).seconds(8, 8, 0, 2, DType.F16);
        double with = new PassTime(TARGET, HOST, 2).seconds(8, 8, 1000, 2, DType.F16);
        assertThat(with - products)
                .isCloseTo(
                        2 * 1000 * 45056.0 * attention.cachedByteSeconds()
                                + 8 * 1000 * 2048.0 * 22 * attention.scoreSeconds(),
                        within(1e-9));
        double nine = new PassTime(TARGET, HOST, 2).seconds(9, 8, 0, 2, DType.F16);
        // beyond the last knot, products take in proportion
        assertThat(nine - products)
                .isCloseTo(
                        2 * 968e6 / 72e9 + 22 * (6 * 2048 + 2 * 2048 + 3 * 5632) * costs.elementSeconds(),
                        within(1e-9));
    }

    @Test
    void aProfileWithoutCostsOfAPassWillDo() {
        HostSpec older = Profiles.host(null);
        double guessed = new PassTime(TARGET, older, 2).seconds(1, 1, 500, 1, DType.F16);
        double measured = new PassTime(TARGET, HOST, 2).seconds(1, 1, 500, 1, DType.F16);
        assertThat(guessed).isBetween(0.8 * measured, 1.25 * measured);
        assertThat(new PassTime(TARGET, older, 2).seconds(1, 1, 4000, 1, DType.F16))
                .isGreaterThan(guessed);
    }
}
