package io.specoffload.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.format.GgufFile;
import io.specoffload.kv.KvSequence;
import io.specoffload.tensor.DType;
import io.specoffload.testing.FamilyFiles;
import io.specoffload.testing.FamilyShape;
import io.specoffload.testing.OffloadedEngine;
import io.specoffload.testing.TestEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Streamed weights of every family: norms, biases (those of experts included), sinks and routers among them. */
class OffloadedFamiliesTest {

    @TempDir
    private Path folder;

    /** With the least memory, and with some more: bit for bit what the executor with all weights in memory computes. */
    @ParameterizedTest
    @MethodSource("io.specoffload.testing.FamilyShape#families")
    void equalsTheResidentExecutor(FamilyShape shape) throws IOException {
        Path path = FamilyFiles.write(shape, 5, folder.resolve("m.gguf"));
        int[] prompt = new Random(3).ints(40, 0, FamilyShape.VOCABULARY - 2).toArray();
        float[] expected;
        float[] expectedLater;
        try (GgufFile file = GgufFile.open(path);
                TestEngine resident = new TestEngine(file, KernelChoice.AUTO, DType.F32);
                KvSequence sequence = resident.cache().newSequence()) {
            expected = resident.forward(sequence, prompt);
            expectedLater = resident.forward(sequence, 7);
        }
        long least = OffloadedEngine.minimumBytes(path, 0);
        for (long budget : new long[] {0, least + least / 3}) {
            OffloadedEngine.Options options = new OffloadedEngine.Options(budget, 0, 4096, 2);
            try (OffloadedEngine streamed = new OffloadedEngine(path, KernelChoice.AUTO, options);
                    KvSequence sequence = streamed.cache().newSequence()) {
                assertThat(streamed.forward(sequence, prompt)).containsExactly(expected);
                // a single row: experts are read as the router chooses them
                assertThat(streamed.forward(sequence, 7)).containsExactly(expectedLater);
            }
        }
    }
}
