package io.specoffload.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.backend.cpu.CpuBackend;
import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.format.GgufFile;
import io.specoffload.format.ModelFile;
import io.specoffload.kv.KvSequence;
import io.specoffload.tensor.DType;
import io.specoffload.testing.TestEngine;
import io.specoffload.testing.TinyModels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A whole model over each element type of the KV cache. */
class KvTypesTest {

    private static final int LENGTH = 150;

    @TempDir
    static Path folder;

    private static Path model;

    @BeforeAll
    static void writeModel() {
        // heads of 24: no multiple of a vector, nor of the 32 elements that share a scale
        model = TinyModels.write(folder.resolve("model.gguf"), new TinyModels.Size(2, 96, 4, 2, 5));
    }

    private static int[] tokens() {
        return new Random(3).ints(LENGTH, 0, TinyModels.VOCABULARY).toArray();
    }

    private static float[] logits(KernelChoice kernels, DType type) throws IOException {
        try (ModelFile file = GgufFile.open(model);
                TestEngine engine = new TestEngine(file, new CpuBackend(2, kernels), type, 64)) {
            return engine.logits(tokens());
        }
    }

    /** Normalized mean square error: of the difference, over that of the reference. */
    private static double nmse(float[] actual, float[] reference) {
        double error = 0;
        double total = 0;
        for (int i = 0; i < reference.length; i++) {
            error += Math.pow((double) actual[i] - reference[i], 2);
            total += Math.pow(reference[i], 2);
        }
        return error / total;
    }

    /**
     * The stated tolerance of 8 bits: an element errs by at most half a step of its group's largest / 127, about 0.2% of
     * it in the mean square, and the model here is random and sharp: 1e-4 of the logits' square. Float16 errs by 2^-11.
     */
    @ParameterizedTest
    @EnumSource(
            value = KernelChoice.class,
            names = {"SCALAR", "VECTOR"})
    void smallerTypesStayNearFloats(KernelChoice kernels) throws IOException {
        float[] floats = logits(kernels, DType.F32);
        double half = nmse(logits(kernels, DType.F16), floats);
        double eight = nmse(logits(kernels, DType.Q8_0), floats);
        assertThat(half).isPositive().isLessThan(1e-6);
        assertThat(eight).isGreaterThan(half).isLessThan(1e-4);
    }

    /** Stored bits may differ where a float lies on the edge of two steps: then by a step, so the same tolerance. */
    @Test
    void vectorKernelsReadWhatTheOracleReads() throws IOException {
        assertThat(nmse(logits(KernelChoice.VECTOR, DType.F32), logits(KernelChoice.SCALAR, DType.F32)))
                .isLessThan(1e-10);
        assertThat(nmse(logits(KernelChoice.VECTOR, DType.F16), logits(KernelChoice.SCALAR, DType.F16)))
                .isLessThan(1e-6);
        assertThat(nmse(logits(KernelChoice.VECTOR, DType.Q8_0), logits(KernelChoice.SCALAR, DType.Q8_0)))
                .isLessThan(1e-4);
    }

    /** Wrong rows, written over page boundaries and dropped, leave no trace, although their scales lie beside others'. */
    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F32", "F16", "Q8_0"})
    void truncationAcrossPagesLeavesNoTrace(DType type) throws IOException {
        int[] tokens = tokens();
        float[] onePass = logits(KernelChoice.VECTOR, type);
        int vocabulary = TinyModels.VOCABULARY;
        try (ModelFile file = GgufFile.open(model);
                TestEngine engine = new TestEngine(file, new CpuBackend(3, KernelChoice.VECTOR), type, 64);
                KvSequence sequence = engine.cache().newSequence()) {
            int[] cuts = {63, 64, 65, 127, 129, LENGTH};
            int from = 0;
            for (int cut : cuts) {
                engine.forward(sequence, new Random(cut).ints(70, 0, vocabulary).toArray());
                sequence.truncate(from);
                float[] part = engine.forward(sequence, Arrays.copyOfRange(tokens, from, cut));
                assertThat(part).isEqualTo(Arrays.copyOfRange(onePass, from * vocabulary, cut * vocabulary));
                from = cut;
            }
        }
    }
}
