package io.specoffload.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.pipeline.PipelineFixture.Recorder;
import io.specoffload.pipeline.PipelineSettings.Limits;
import io.specoffload.sampling.SamplingParameters;
import io.specoffload.telemetry.RoundRecord;
import io.specoffload.testing.FakeExecutor;
import io.specoffload.testing.FakeTokenizer;
import io.specoffload.testing.VirtualMachine;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The real pipeline on a machine whose time is computed changes its plan by what it measures. */
class ReplanningTest {

    private static final SamplingParameters NO_END = SamplingParameters.builder()
            .logitBias(Map.of(FakeTokenizer.END, -100f))
            .build();

    /** Sequences of 200 prompt tokens and 30 new ones; what the pipeline shows when the last of them has ended. */
    private static PipelineSnapshot run(double io, PipelineSettings settings, int sequences) {
        VirtualMachine machine = new VirtualMachine(
                new VirtualMachine.Spec(10, io, 2, true, rows -> 0.01 * rows, rows -> 0.001 * rows, true));
        FakeExecutor target = PipelineFixture.target();
        try (PipelineFixture fixture = new PipelineFixture(target, null, settings, machine)) {
            Together together = new Together(fixture, NO_END);
            target.beforeForward(batch -> together.beforeForward());
            List<Recorder> recorders = together.submit(
                    IntStream.range(0, sequences)
                            .mapToObj(i -> IntStream.range(0, 200)
                                    .map(j -> 1 + (i * 7 + j) % 9)
                                    .toArray())
                            .toList(),
                    i -> 30);
            recorders.forEach(Recorder::await);
            return fixture.pipeline.snapshot();
        }
    }

    private static List<RoundRecord> shared(PipelineSnapshot snapshot) {
        return snapshot.latest().stream()
                .filter(round -> round.promptRows() > 0 && round.rows() > round.promptRows())
                .toList();
    }

    @Test
    void promptsLengthenRoundsByNoMoreThanIsAllowed() {
        PipelineSettings settings = new PipelineSettings(4, 100, 0, 256).withLimits(new Limits(0.5, null));

        PipelineSnapshot snapshot = run(0, settings, 12);

        assertThat(snapshot.prefillChunk()).isEqualTo(32);
        assertThat(snapshot.changes()).anySatisfy(change -> {
            assertThat(change.what()).isEqualTo("prompt rows");
            assertThat(change.from()).isEqualTo(256);
            assertThat(change.to()).isLessThanOrEqualTo(64);
            assertThat(change.reason()).contains("0.500 s are allowed");
        });
        long change = snapshot.changes().getLast().round();
        List<RoundRecord> after = shared(snapshot).stream()
                .filter(round -> round.round() > change + 1)
                .toList();
        assertThat(after).hasSizeGreaterThan(10);
        // but for a size that is tried now and then
        assertThat(after.stream().filter(round -> round.promptRows() > 32).count())
                .isLessThanOrEqualTo(3);
        assertThat(shared(run(0, settings.withLimits(Limits.NONE), 12)))
                .as("without a limit")
                .anySatisfy(round -> assertThat(round.promptRows()).isGreaterThan(150));
    }

    @Test
    void underAStreamPromptsAreReadWhole() {
        PipelineSettings settings = new PipelineSettings(4, 100, 0, 256).withLimits(new Limits(0.5, null));

        PipelineSnapshot snapshot = run(3, settings, 12);

        assertThat(snapshot.prefillChunk()).isEqualTo(256);
        assertThat(snapshot.changes()).isEmpty();
    }

    @Test
    void fewerSlotsAreTakenWhereTokensTakeTooLong() {
        // 8 sequences of one row take 0.08 s
        PipelineSettings settings = new PipelineSettings(8, 100, 0, 256).withLimits(new Limits(0.5, 0.05));

        PipelineSnapshot snapshot = run(0, settings, 40);

        assertThat(snapshot.activeSlots()).isBetween(2, 5);
        assertThat(snapshot.changes()).anySatisfy(change -> {
            assertThat(change.what()).isEqualTo("active slots");
            assertThat(change.from()).isEqualTo(8);
            assertThat(change.reason()).contains("are allowed");
        });
        List<RoundRecord> latest =
                snapshot.latest().subList(120, snapshot.latest().size());
        assertThat(latest)
                .allSatisfy(round -> assertThat(round.verifiedSequences()).isLessThanOrEqualTo(5));
    }
}
