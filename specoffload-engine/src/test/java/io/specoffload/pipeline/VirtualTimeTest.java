package io.specoffload.pipeline;

import static io.specoffload.pipeline.PipelineFixture.VOCABULARY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.pipeline.PipelineFixture.Recorder;
import io.specoffload.pipeline.PipelineSettings.Groups;
import io.specoffload.sampling.SamplingParameters;
import io.specoffload.telemetry.RoundRecord;
import io.specoffload.testing.FakeExecutor;
import io.specoffload.testing.FakeTokenizer;
import io.specoffload.testing.VirtualMachine;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The real pipeline on a machine whose time is computed: what each way to overlap gains. */
class VirtualTimeTest {

    private static final int SEQUENCES = 16;
    private static final int CANDIDATES = 4;
    private static final int LAYERS = 22;
    private static final SamplingParameters NO_END = SamplingParameters.builder()
            .logitBias(Map.of(FakeTokenizer.END, -100f))
            .build();

    /** Ways to run. */
    private enum Mode {
        SERIAL(Groups.ONE, false),
        ROTATION(Groups.TWO, true),
        PREFETCH(Groups.ONE, true),
        CHOSEN(Groups.AUTO, true);

        private final Groups groups;
        private final boolean streamsOn;

        Mode(Groups groups, boolean streamsOn) {
            this.groups = groups;
            this.streamsOn = streamsOn;
        }
    }

    /**
     * @param io streaming of a sweep
     * @param compute verification of all sequences with all candidates; in proportion for fewer rows
     * @param draft drafting for all sequences; in proportion for fewer
     */
    private record Load(double io, double compute, double draft, int staging, boolean shared) {

        VirtualMachine.Spec on(Mode mode) {
            return new VirtualMachine.Spec(
                    LAYERS,
                    io,
                    staging,
                    mode.streamsOn,
                    rows -> compute * rows / (SEQUENCES * (CANDIDATES + 1)),
                    rows -> draft / CANDIDATES * rows / SEQUENCES,
                    shared);
        }
    }

    /** Verified sequences per second with a fixed candidate count: tokens per second but for chance. */
    private static double verificationsPerSecond(Load load, Mode mode) {
        return throughput(load, mode, false, 3)[1];
    }

    /**
     * Tokens and verified sequences per second in the steady state: soon, or where the pipeline chooses, after it has had
     * time to measure.
     */
    private static double[] throughput(Load load, Mode mode, boolean adaptive, int wrongOneIn) {
        List<Integer> measuredPasses = mode == Mode.CHOSEN ? List.of(60, 140) : List.of(20, 60);
        VirtualMachine machine = new VirtualMachine(load.on(mode));
        CountDownLatch measured = new CountDownLatch(1);
        FakeExecutor target = PipelineFixture.target();
        FakeExecutor draft =
                new FakeExecutor(VOCABULARY, FakeExecutor.disagreeing(FakeExecutor.hashed(7, 8), 99, wrongOneIn));
        PipelineSettings settings = new PipelineSettings(SEQUENCES, 100, CANDIDATES, 64)
                .withGroups(mode.groups)
                .withAdaptive(adaptive);
        double[] seconds = new double[2];
        long[] tokens = new long[2];
        long[] verified = new long[3];
        int[] passes = {0};
        try (PipelineFixture fixture = new PipelineFixture(target, draft, settings, machine)) {
            Together together = new Together(fixture, NO_END);
            target.beforeForward(batch -> {
                together.beforeForward();
                int reached = measuredPasses.indexOf(++passes[0]);
                if (reached >= 0) {
                    seconds[reached] = machine.seconds();
                    tokens[reached] = fixture.pipeline.counters().completionTokens();
                    verified[reached] = verified[2];
                }
                verified[2] += batch.sequenceCount();
                if (reached == 1) {
                    fixture.pipeline.cancelAll();
                    measured.countDown();
                }
            });
            together.submit(
                    IntStream.range(0, SEQUENCES)
                            .mapToObj(i -> new int[] {1 + i % 9, 1 + i / 9, 3})
                            .toList(),
                    i -> 1_000_000);
            await(measured);
        }
        double passed = seconds[1] - seconds[0];
        return new double[] {(tokens[1] - tokens[0]) / passed, (verified[1] - verified[0]) / passed};
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void rotationHidesDraftingWhereBothModelsHaveTheirOwnResource() {
        Load load = new Load(0.3, 1.0, 1.0, 2, false);
        double serial = verificationsPerSecond(load, Mode.SERIAL);
        assertThat(verificationsPerSecond(load, Mode.ROTATION)).isGreaterThan(1.3 * serial);
        // draft model and stream of a length, and verification cheap
        Load streaming = new Load(1.0, 0.2, 2.0, 2, false);
        assertThat(verificationsPerSecond(streaming, Mode.ROTATION))
                .isGreaterThan(1.3 * verificationsPerSecond(streaming, Mode.SERIAL));
    }

    @Test
    void rotationOnOneComputeResourceHidesStreamingOnly() {
        // 1.5 s of streaming, 1.25 s of verification: it pays where drafting takes longer than a sweep, and only then
        Load quick = new Load(1.5, 1.25, 0.15, 2, true);
        assertThat(verificationsPerSecond(quick, Mode.ROTATION)).isLessThan(verificationsPerSecond(quick, Mode.SERIAL));
        Load slow = new Load(1.5, 1.25, 3.0, 2, true);
        assertThat(verificationsPerSecond(slow, Mode.ROTATION))
                .isGreaterThan(verificationsPerSecond(slow, Mode.SERIAL));
    }

    @ParameterizedTest
    @CsvSource({
        "0.15,26.0,14.8,29.5",
        "0.5,21.5,14.8,25.4",
        "1.0,17.3,14.8,19.7",
        "1.5,14.5,14.8,16.1",
        "3.0,9.7,10.4,10.4"
    })
    void thePipelineBehavesAsTheEventSimulationSays(double draft, double serial, double rotation, double prefetch) {
        Load load = new Load(1.5, 1.25, draft, 12, true);
        double alone = verificationsPerSecond(load, Mode.SERIAL);
        // the ratios: the fake models' acceptance is not the simulation's, and its draft catches up row by row
        assertThat(verificationsPerSecond(load, Mode.ROTATION) / alone)
                .isCloseTo(rotation / serial, within(0.08 * rotation / serial));
        assertThat(verificationsPerSecond(load, Mode.PREFETCH) / alone)
                .isCloseTo(prefetch / serial, within(0.08 * prefetch / serial));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.1, 0.25, 0.5, 1, 1.5, 2})
    void theChosenModeIsTheBest(double draftShare) {
        List<Load> loads = new ArrayList<>();
        for (boolean shared : new boolean[] {true, false}) {
            // streaming binds; computing binds; everything is resident
            loads.add(new Load(1.5, 1.25, 1.5 * draftShare, 12, shared));
            loads.add(new Load(1.5, 0.3, 1.5 * draftShare, 4, shared));
            loads.add(new Load(0.5, 1.5, 1.5 * draftShare, 4, shared));
            loads.add(new Load(0, 1.0, draftShare, 2, shared));
        }
        for (Load load : loads) {
            double best = 0;
            for (Mode mode : new Mode[] {Mode.SERIAL, Mode.ROTATION, Mode.PREFETCH}) {
                best = Math.max(best, verificationsPerSecond(load, mode));
            }
            assertThat(verificationsPerSecond(load, Mode.CHOSEN)).as("%s", load).isGreaterThan(0.95 * best);
        }
    }

    @Test
    void aRunIsTheSameEachTime() {
        Load load = new Load(1.5, 1.25, 1.5, 12, true);
        double[] once = throughput(load, Mode.CHOSEN, true, 3);
        for (int i = 0; i < 3; i++) {
            assertThat(throughput(load, Mode.CHOSEN, true, 3)).isEqualTo(once);
        }
    }

    @ParameterizedTest
    @CsvSource({"0.1,3", "1,3", "2,3", "0.5,1", "2,1"})
    void itIsNeverSlowerThanWithoutSpeculation(double draftShare, int wrongOneIn) {
        for (boolean shared : new boolean[] {true, false}) {
            // computing binds, so that every candidate costs
            Load load = new Load(0.1, 1.0, draftShare, 2, shared);
            double plain = SEQUENCES / Math.max(0.1, 1.0 / (CANDIDATES + 1));
            double fixed = throughput(load, Mode.CHOSEN, false, wrongOneIn)[0];
            assertThat(throughput(load, Mode.CHOSEN, true, wrongOneIn)[0])
                    .as("%s", load)
                    .isGreaterThan(0.95 * Math.max(plain, fixed));
        }
    }

    @Test
    void theRecordsOfTheRoundsShowBothLanes() {
        VirtualMachine machine = new VirtualMachine(new Load(0.3, 1.0, 1.0, 2, false).on(Mode.ROTATION));
        FakeExecutor target = PipelineFixture.target();
        PipelineSettings settings = new PipelineSettings(SEQUENCES, 100, CANDIDATES, 64).withGroups(Groups.TWO);
        try (PipelineFixture fixture = new PipelineFixture(target, PipelineFixture.draft(), settings, machine)) {
            Together together = new Together(fixture, NO_END);
            target.beforeForward(batch -> together.beforeForward());
            List<Recorder> recorders = together.submit(
                    IntStream.range(0, SEQUENCES)
                            .mapToObj(i -> new int[] {1 + i % 9, 2})
                            .toList(),
                    i -> 60);
            recorders.forEach(Recorder::await);
            List<RoundRecord> rounds = fixture.pipeline.snapshot().latest();
            assertThat(rounds).hasSizeGreaterThan(30);
            RoundRecord steady = rounds.get(12);
            assertThat(steady.groups()).isEqualTo(2);
            assertThat(steady.verifiedSequences()).isEqualTo(8);
            assertThat(steady.draftedSequences()).isEqualTo(8);
            assertThat(steady.rows()).isEqualTo(40);
            assertThat(steady.candidates()).isEqualTo(CANDIDATES);
            assertThat(steady.reason()).isEqualTo("fixed");
            assertThat(steady.verify().seconds()).isCloseTo(0.5, within(0.05));
            assertThat(steady.draft().seconds()).isBetween(0.5, 0.65);
            // both lanes start together; the shorter one is hidden
            assertThat(steady.overlapNanos() * 1e-9).isCloseTo(steady.verify().seconds(), within(1e-6));
            assertThat(steady.waitNanos())
                    .isEqualTo(steady.draft().end() - steady.verify().end());
            assertThat(steady.tokens()).isBetween(8, 40);
            assertThat(steady.accepted()).isEqualTo(steady.tokens() - 8);
        }
    }

    @Test
    void slotsThatAreRefilledGiveMoreThanAStaticBatch() {
        Random random = new Random(17);
        int[] lengths = IntStream.range(0, 6 * SEQUENCES)
                .map(i -> 16 + random.nextInt(241))
                .toArray();
        double still = mixed(lengths, true);
        double refilled = mixed(lengths, false);
        assertThat(refilled).isGreaterThan(1.3 * still);
    }

    /** Useful tokens per second of many sequences, in batches that end with their longest, or one after the other. */
    private static double mixed(int[] lengths, boolean batches) {
        VirtualMachine machine = new VirtualMachine(new Load(1.5, 1.25, 0.5, 12, true).on(Mode.PREFETCH));
        FakeExecutor target = PipelineFixture.target();
        PipelineSettings settings = new PipelineSettings(SEQUENCES, 1000, CANDIDATES, 64);
        try (PipelineFixture fixture = new PipelineFixture(target, PipelineFixture.draft(), settings, machine)) {
            Together together = new Together(fixture, NO_END);
            target.beforeForward(batch -> together.beforeForward());
            int step = batches ? SEQUENCES : lengths.length;
            int useful = 0;
            for (int from = 0; from < lengths.length; from += step) {
                int first = from;
                List<Recorder> recorders = together.submit(
                        IntStream.range(from, from + step)
                                .mapToObj(i -> new int[] {1 + i % 9, 1 + i / 9 % 9, 3})
                                .toList(),
                        i -> lengths[first + i]);
                for (Recorder recorder : recorders) {
                    useful += recorder.await().tokens().length;
                }
            }
            return useful / machine.seconds();
        }
    }
}
