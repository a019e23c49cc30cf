package io.specoffload.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.pipeline.PipelineFixture.Recorder;
import io.specoffload.sampling.SamplingParameters;
import io.specoffload.testing.FakeExecutor;
import io.specoffload.testing.FakeExecutor.Fault;
import io.specoffload.testing.GreedyAudit;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The audit of finished sequences finds the faults that an engine could have, and none in a sound one. */
class GreedyAuditTest {

    @ParameterizedTest
    @EnumSource(Fault.class)
    void theAuditCatchesFaults(Fault fault) {
        List<int[]> prompts = IntStream.range(0, 8)
                .mapToObj(i ->
                        IntStream.range(0, 2 + i).map(j -> 1 + (i + 3 * j) % 9).toArray())
                .toList();
        float worst = 0;
        try (PipelineFixture fixture = new PipelineFixture(
                        PipelineFixture.target().fault(fault),
                        PipelineFixture.draft(),
                        new PipelineSettings(3, 100, 4, 5));
                FakeExecutor oracle = PipelineFixture.target()) {
            List<Recorder> recorders = prompts.stream()
                    .map(prompt -> fixture.submit(prompt, SamplingParameters.greedy(), 40))
                    .toList();
            for (int i = 0; i < prompts.size(); i++) {
                int[] answer = recorders.get(i).await().tokens();
                if (answer.length > 0) {
                    worst = Math.max(worst, GreedyAudit.worstGap(oracle, prompts.get(i), answer));
                }
            }
        }
        if (fault == Fault.NONE) {
            assertThat(worst).isZero();
        } else {
            // the tolerance for 8-bit weights, the looser of the two
            assertThat(worst).isGreaterThan(0.3f);
        }
    }
}
