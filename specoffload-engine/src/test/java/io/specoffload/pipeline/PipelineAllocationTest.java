package io.specoffload.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.backend.cpu.CpuBackend;
import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.format.GgufFile;
import io.specoffload.format.ModelFile;
import io.specoffload.sampling.Sampler;
import io.specoffload.sampling.SamplingParameters;
import io.specoffload.sampling.TokenRandom;
import io.specoffload.speculative.Drafter;
import io.specoffload.speculative.ModelDrafter;
import io.specoffload.tensor.DType;
import io.specoffload.testing.AllocationMeter;
import io.specoffload.testing.TestEngine;
import io.specoffload.testing.TinyModels;
import io.specoffload.tokenizer.Tokenizer;
import io.specoffload.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a round of the pipeline leaves to the garbage collector, with greedy sampling. */
class PipelineAllocationTest {

    private static final int TOKENS = 800;

    @TempDir
    static Path folder;

    /** Counts, on the pipeline's own thread, what is allocated between a sequence's tokens. */
    private static final class Meter implements SequenceListener {
        private final CompletableFuture<Long> perToken = new CompletableFuture<>();
        private long first;
        private int texts;

        @Override
        public void onText(String text) {
            if (texts++ == 0) {
                first = AllocationMeter.own();
            }
        }

        @Override
        public void onFinished(SequenceResult result) {
            perToken.complete((AllocationMeter.own() - first) / TOKENS);
        }

        @Override
        public void onFailed(Throwable failure) {
            perToken.completeExceptionally(failure);
        }
    }

    /**
     * Granted bytes per token, of one sequence that has every round to itself: the round's lists and records (schedule,
     * shares, requests, outcomes, its entry in the journal and its flight-recorder events), each token's distribution and
     * verification, its text and what the forward passes are granted; candidates cost their share of the same.
     */
    @ParameterizedTest
    @CsvSource({"0, 7000", "3, 9000"})
    void aTokenLeavesLittleGarbage(int candidates, long granted) throws IOException {
        Path target = TinyModels.target(folder);
        Path draft = TinyModels.draft(folder);
        try (ModelFile file = GgufFile.open(target);
                ModelFile draftFile = GgufFile.open(draft);
                TestEngine engine = new TestEngine(file, new CpuBackend(1, KernelChoice.VECTOR), DType.F16, 32);
                TestEngine drafting = new TestEngine(draftFile, new CpuBackend(1, KernelChoice.VECTOR), DType.F16, 32);
                Drafter drafter = new ModelDrafter(drafting.executor(), TinyModels.VOCABULARY);
                DualBatchPipeline pipeline =
                        new DualBatchPipeline(engine.executor(), drafter, new PipelineSettings(1, 1, candidates, 16))) {
            Tokenizer tokenizer = Tokenizers.from(file.metadata());
            long perToken = Long.MAX_VALUE;
            for (int i = 0; i < 60 && perToken > granted; i++) {
                Meter meter = new Meter();
                pipeline.submit(new Sequence(spec(), tokenizer, meter));
                perToken = meter.perToken.join();
            }
            assertThat(perToken).isLessThanOrEqualTo(granted);
        }
    }

    private static SequenceSpec spec() {
        int[] prompt = {TinyModels.BOS, 72, 105};
        Sampler sampler =
                new Sampler(SamplingParameters.greedy(), TinyModels.VOCABULARY, prompt, null, new TokenRandom(1));
        return new SequenceSpec(prompt, sampler, TOKENS, List.of(), true, true, false, SequenceSpec.NO_DEADLINE);
    }
}
