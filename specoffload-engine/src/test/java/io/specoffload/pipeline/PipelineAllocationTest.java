package io.specoffload.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.testing.OwnJvm;
import io.specoffload.testing.TinyModels;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a round of the pipeline leaves to the garbage collector, with greedy sampling. */
class PipelineAllocationTest {

    @TempDir
    static Path folder;

    /**
     * Granted bytes per token, of one sequence that has every round to itself: the round's lists and records (schedule,
     * shares, requests, outcomes, its entry in the journal and its flight-recorder events), each token's distribution and
     * verification, its text and what the forward passes are granted; candidates cost their share of the same. In a JVM of
     * its own, as {@link PipelineGarbage} says.
     */
    @ParameterizedTest
    @CsvSource({"0, 7000", "3, 9000"})
    void aTokenLeavesLittleGarbage(int candidates, long granted) throws IOException, InterruptedException {
        OwnJvm.Result result = OwnJvm.runUpToThrice(
                PipelineGarbage.class,
                TinyModels.target(folder).toString(),
                TinyModels.draft(folder).toString(),
                Integer.toString(candidates),
                Long.toString(granted));
        assertThat(result.code()).as(result.output()).isZero();
    }
}
