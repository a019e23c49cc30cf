package io.specoffload.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.backend.cpu.CpuBackend;
import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.format.GgufFile;
import io.specoffload.format.ModelFile;
import io.specoffload.kv.KvSequence;
import io.specoffload.model.ForwardBatch;
import io.specoffload.model.Logits;
import io.specoffload.tensor.DType;
import io.specoffload.testing.ReferenceModel;
import io.specoffload.testing.TestEngine;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A token's logits are the same bits whatever else is in the batch, however the tokens were cut into batches, and on
 * however many threads.
 */
class BatchInvarianceTest {

    private static final int SEQUENCES = 3;
    private static final int LENGTH = 67;

    static Stream<Arguments> models() {
        Stream<Arguments> scalar = ReferenceModel.all("llama-f32", "mixtral-q8_0").stream()
                .map(model -> Arguments.of(model, KernelChoice.SCALAR));
        Stream<Arguments> vector =
                ReferenceModel.all(
                                "llama-f", "llama-b", "llama-q8_0", "llama-q4_0", "gemma", "mixtral-q8_0", "qwen3-f16")
                        .stream()
                        .map(model -> Arguments.of(model, KernelChoice.VECTOR));
        return Stream.concat(scalar, vector);
    }

    @ParameterizedTest
    @MethodSource("models")
    void aTokensLogitsDependOnItsSequenceOnly(ReferenceModel reference, KernelChoice kernels) throws IOException {
        Random random = new Random(7);
        int[][] tokens = new int[SEQUENCES][];
        for (int i = 0; i < SEQUENCES; i++) {
            tokens[i] = random.ints(LENGTH - 5L * i, 0, reference.vocabulary()).toArray();
        }
        try (ModelFile file = GgufFile.open(reference.gguf())) {
            List<float[]> alone;
            try (TestEngine engine = new TestEngine(file, new CpuBackend(1, kernels), DType.F16, 128)) {
                alone = Arrays.stream(tokens).map(engine::logits).toList();
            }
            for (int threads = 1; threads <= 3; threads++) {
                int maxRows = new int[] {0, 128, 11, 40}[threads];
                try (TestEngine engine = new TestEngine(file, new CpuBackend(threads, kernels), DType.F16, maxRows)) {
                    List<float[]> mixed = mixed(engine, tokens, random);
                    for (int i = 0; i < SEQUENCES; i++) {
                        assertThat(mixed.get(i))
                                .as("sequence %d, %d threads, chunks of %d", i, threads, maxRows)
                                .isEqualTo(alone.get(i));
                    }
                }
            }
        }
    }

    /** Feeds all sequences through shared batches in random portions, their rows interleaved at random. */
    private static List<float[]> mixed(TestEngine engine, int[][] tokens, Random random) {
        int vocabulary = engine.executor().vocabulary();
        List<float[]> results = new ArrayList<>();
        List<KvSequence> sequences = new ArrayList<>();
        int[] fed = new int[tokens.length];
        for (int[] own : tokens) {
            results.add(new float[own.length * vocabulary]);
            sequences.add(engine.cache().newSequence());
        }
        while (!Arrays.equals(fed, Arrays.stream(tokens).mapToInt(t -> t.length).toArray())) {
            ForwardBatch batch = new ForwardBatch();
            List<int[]> wanted = new ArrayList<>();
            int rows = random.nextInt(1, 41);
            for (int row = 0; row < rows; row++) {
                int i = random.nextInt(tokens.length);
                if (fed[i] < tokens[i].length) {
                    assertThat(batch.add(sequences.get(i), tokens[i][fed[i]], true))
                            .isEqualTo(wanted.size());
                    wanted.add(new int[] {i, fed[i]++});
                }
            }
            Logits logits = engine.executor().forward(batch);
            assertThat(logits.rows()).isEqualTo(wanted.size());
            for (int row = 0; row < wanted.size(); row++) {
                int[] origin = wanted.get(row);
                System.arraycopy(
                        logits.values(),
                        logits.offset(row),
                        results.get(origin[0]),
                        origin[1] * vocabulary,
                        vocabulary);
            }
        }
        sequences.forEach(KvSequence::close);
        assertThat(engine.cache().pagesInUse()).isZero();
        return results;
    }
}
