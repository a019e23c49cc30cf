package io.specoffload.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.format.GgufFile;
import io.specoffload.kv.KvSequence;
import io.specoffload.tensor.DType;
import io.specoffload.testing.OffloadedEngine;
import io.specoffload.testing.OffloadedEngine.Options;
import io.specoffload.testing.ReferenceModel;
import io.specoffload.testing.TestEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A model that streams computes the same bits as one that lies in memory. */
class OffloadedExecutorTest {

    static Stream<ReferenceModel> models() {
        return ReferenceModel.all("").stream();
    }

    @ParameterizedTest
    @MethodSource("models")
    void equalsTheResidentExecutorAtAnyBudget(ReferenceModel model) throws IOException {
        int[] tokens = new Random(3).ints(40, 0, model.vocabulary()).toArray();
        float[] expected;
        float[] expectedNext;
        try (GgufFile file = GgufFile.open(model.gguf());
                TestEngine resident = new TestEngine(file, KernelChoice.VECTOR, DType.F32);
                KvSequence sequence = resident.cache().newSequence()) {
            expected = resident.forward(sequence, tokens);
            expectedNext = resident.forward(sequence, tokens[0], tokens[1]);
        }
        long least = OffloadedEngine.minimumBytes(model.gguf(), 0);
        long size = Files.size(model.gguf());
        List<Options> all = List.of(
                Options.LEAST,
                new Options(least + size / 3, 100_000, 4096, 4),
                new Options(size, 1 << 20, 1 << 20, 1),
                new Options(4 * size, 0, 1 << 20, 4));
        for (Options options : all) {
            try (OffloadedEngine streamed = new OffloadedEngine(model.gguf(), KernelChoice.VECTOR, options);
                    KvSequence sequence = streamed.cache().newSequence()) {
                assertThat(streamed.forward(sequence, tokens))
                        .as(options.toString())
                        .isEqualTo(expected);
                assertThat(streamed.forward(sequence, tokens[0], tokens[1]))
                        .as(options.toString())
                        .isEqualTo(expectedNext);
            }
        }
    }
}
