package io.specoffload.plan;

import static io.specoffload.plan.PlanFixtures.DRAFT;
import static io.specoffload.plan.PlanFixtures.HOST;
import static io.specoffload.plan.PlanFixtures.MB;
import static io.specoffload.plan.PlanFixtures.MIXTURE;
import static io.specoffload.plan.PlanFixtures.TARGET;
import static io.specoffload.plan.PlanFixtures.demand;
import static io.specoffload.plan.PlanFixtures.experts;
import static io.specoffload.plan.PlanFixtures.memory;
import static io.specoffload.plan.PlanFixtures.model;
import static io.specoffload.plan.PlanFixtures.plan;
import static io.specoffload.plan.PlanFixtures.space;
import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.hardware.ComputeCurve;
import io.specoffload.hardware.HostSpec;
import io.specoffload.plan.Demand.Objective;
import io.specoffload.plan.Plan.Resource;
import io.specoffload.tensor.DType;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PlannerTest {

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
                                        513_024,
                                        true),
                                new MemoryShape.PerModel(
                                        Map.of(DType.F16, 2_097_152L, DType.Q8_0, 1_114_112L),
                                        60_000,
                                        32,
                                        513_024,
                                        false))),
                new MemoryShape.Weights(MB, 600 * MB, 481 * MB, 80, 600 * MB, 0, 1, 1, 0));
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
            PlanReport exact = withKv(model, demand, Double.POSITIVE_INFINITY, DType.F16);
            PlanReport small = withKv(model, demand, Double.POSITIVE_INFINITY, DType.Q8_0);
            PlanReport open = withKv(model, demand, 1.1, DType.F16, DType.Q8_0);
            double gain = small.best().tokensPerSecond() / exact.best().tokensPerSecond();
            assertThat(open.best().setting().kvType())
                    .as("with %d MB an 8-bit cache promises %.2f times as much", budget, gain)
                    .isEqualTo(gain > 1.1 ? DType.Q8_0 : DType.F16);
            assertThat(withKv(model, demand, Double.POSITIVE_INFINITY, DType.F16, DType.Q8_0)
                            .best()
                            .setting()
                            .kvType())
                    .as("where float16 fits")
                    .isEqualTo(DType.F16);
        }
        // both happen
        assertThat(withKv(model(memory(2000 * MB, 4096), 3e8), demand, 1.1, DType.F16, DType.Q8_0)
                        .best()
                        .setting()
                        .kvType())
                .isEqualTo(DType.Q8_0);
        assertThat(withKv(model(memory(9000 * MB, 4096), 3e8), demand, 1.1, DType.F16, DType.Q8_0)
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
        assertThat(withKv(model, lone, Double.POSITIVE_INFINITY, DType.F16, DType.Q8_0)
                        .best()
                        .setting()
                        .kvType())
                .isEqualTo(DType.Q8_0);
    }

    private static PlanReport withKv(HostPolicyModel model, Demand demand, double kvGain, DType... kvTypes) {
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

    /** More memory, a faster disk or processor, and a better draft model never lower what is promised. */
    @Test
    void moreOfAnythingIsNeverWorse() {
        Random random = new Random(2);
        for (int i = 0; i < 50; i++) {
            boolean mixture = i % 2 == 1;
            long budget = (mixture ? 1100 : 700) * MB + random.nextInt(1500) * MB;
            double disk = 1e8 * Math.pow(30, random.nextDouble());
            double acceptance = 0.2 + 0.6 * random.nextDouble();
            int sequences = 1 << random.nextInt(4);
            double here = promised(mixture, budget, disk, HOST, sequences, acceptance);
            // settings within a thousandth count as equal
            double least = here / 1.0011;
            assertThat(promised(mixture, budget + 200 * MB, disk, HOST, sequences, acceptance))
                    .as("memory")
                    .isGreaterThanOrEqualTo(least);
            assertThat(promised(mixture, budget, 1.5 * disk, HOST, sequences, acceptance))
                    .as("disk")
                    .isGreaterThanOrEqualTo(least);
            assertThat(promised(mixture, budget, disk, faster(), sequences, acceptance))
                    .as("processor")
                    .isGreaterThanOrEqualTo(least);
            assertThat(promised(mixture, budget, disk, HOST, sequences, acceptance + 0.1))
                    .as("acceptance")
                    .isGreaterThanOrEqualTo(least);
        }
    }

    private static double promised(
            boolean mixture, long budget, double disk, HostSpec host, int sequences, double acceptance) {
        HostPolicyModel model = new HostPolicyModel(
                mixture ? experts(budget) : memory(budget),
                new PassTime(mixture ? MIXTURE : TARGET, host, 2),
                new PassTime(DRAFT, host, 2),
                disk,
                false);
        return new Planner(model)
                .plan(space(), demand(sequences, acceptance))
                .orElseThrow()
                .best()
                .tokensPerSecond();
    }

    /** Products of few columns, which memory decides about, gain less than those of many. */
    private static HostSpec faster() {
        HostSpec host = HOST;
        Map<DType, ComputeCurve> curves = new EnumMap<>(DType.class);
        host.gigaflops().forEach((type, curve) -> {
            TreeMap<Integer, Double> knots = new TreeMap<>();
            curve.knots().forEach((columns, rate) -> knots.put(columns, rate * (1.1 + 0.02 * columns)));
            curves.put(type, new ComputeCurve(knots));
        });
        return new HostSpec(
                host.cpuModel(),
                host.cores(),
                host.vectorBits(),
                host.pageBytes(),
                host.memoryTotalBytes(),
                host.memoryAvailableBytes(),
                host.memoryLimitBytes(),
                host.memoryUsedBytes(),
                host.cpuQuotaCores(),
                host.lockableBytes(),
                host.ramReadBytesPerSecond(),
                curves,
                host.pass());
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
}
