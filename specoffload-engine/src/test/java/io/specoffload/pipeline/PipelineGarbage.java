package io.specoffload.pipeline;

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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * What the pipeline's thread allocates per token, in a JVM of its own: what the compiler keeps in registers depends on all
 * that ran before. Arguments: target, draft, candidates, bytes that a token may take. Ends with 1 where it takes more.
 */
final class PipelineGarbage {

    private static final int TOKENS = 800;
    private static final int MOST_SEQUENCES = 100;

    private PipelineGarbage() {}

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

    /** Sequence after sequence, until one is within the bounds: interpreted code allocates, and the compiler takes its time. */
    public static void main(String[] arguments) throws IOException {
        int candidates = Integer.parseInt(arguments[2]);
        long granted = Long.parseLong(arguments[3]);
        List<Long> sequences = new ArrayList<>();
        try (ModelFile file = GgufFile.open(Path.of(arguments[0]));
                ModelFile draftFile = GgufFile.open(Path.of(arguments[1]));
                TestEngine engine = new TestEngine(file, new CpuBackend(1, KernelChoice.VECTOR), DType.F16, 32);
                TestEngine drafting = new TestEngine(draftFile, new CpuBackend(1, KernelChoice.VECTOR), DType.F16, 32);
                Drafter drafter = new ModelDrafter(drafting.executor(), TinyModels.VOCABULARY, 32);
                DualBatchPipeline pipeline =
                        new DualBatchPipeline(engine.executor(), drafter, new PipelineSettings(1, 1, candidates, 16))) {
            Tokenizer tokenizer = Tokenizers.from(file.metadata());
            do {
                Meter meter = new Meter();
                pipeline.submit(new Sequence(spec(), tokenizer, meter));
                sequences.add(meter.perToken.join());
            } while (sequences.getLast() > granted && sequences.size() < MOST_SEQUENCES);
        }
        if (sequences.getLast() > granted) {
            throw new IllegalStateException(granted + " bytes are granted per token, but: " + sequences);
        }
    }

    private static SequenceSpec spec() {
        int[] prompt = {TinyModels.BOS, 72, 105};
        Sampler sampler =
                new Sampler(SamplingParameters.greedy(), TinyModels.VOCABULARY, prompt, null, new TokenRandom(1));
        return new SequenceSpec(prompt, sampler, TOKENS, List.of(), true, true, false, SequenceSpec.NO_DEADLINE);
    }
}
