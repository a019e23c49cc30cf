package io.specoffload.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.tensor.DType;
import io.specoffload.testing.FamilyShape;
import io.specoffload.testing.NaiveDecoder;
import io.specoffload.testing.RandomModel;
import io.specoffload.testing.TestEngine;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sizes that the reference models do not have, against a second, naive implementation of the families. */
class FamilyShapesTest {

    private static final int LENGTH = 70;

    static Stream<FamilyShape> shapes() {
        return Stream.of(
                FamilyShape.dense("llama", 48, 6, 6, 8, 80),
                FamilyShape.dense("llama", 40, 5, 1, 20, 24).withRotated(12),
                FamilyShape.dense("llama", 33, 3, 3, 14, 17),
                FamilyShape.dense("llama", 64, 8, 2, 80, 96),
                FamilyShape.dense("llama", 32, 4, 2, 8, 40).withExperts(3, 1),
                FamilyShape.dense("llama", 32, 4, 2, 8, 40).withExperts(16, 5),
                FamilyShape.dense("llama", 32, 4, 2, 8, 40).withExperts(4, 4),
                FamilyShape.dense("qwen2", 56, 7, 1, 8, 72),
                FamilyShape.dense("qwen3", 32, 4, 1, 24, 48),
                FamilyShape.dense("qwen3moe", 32, 4, 4, 16, 24).withExperts(9, 3),
                FamilyShape.dense("gemma2", 32, 4, 2, 24, 48).withWindow(5, 7, 2),
                FamilyShape.dense("gemma3", 32, 2, 1, 24, 48).withWindow(7, 65, 6),
                FamilyShape.dense("gemma3", 32, 2, 2, 16, 48).withWindow(4, 1, 3),
                FamilyShape.dense("gemma3", 32, 2, 2, 16, 48),
                FamilyShape.dense("gpt-oss", 48, 6, 2, 8, 40).withExperts(6, 2).withWindow(4, 5, 2),
                FamilyShape.dense("gpt-oss", 33, 3, 3, 14, 17).withExperts(5, 5).withWindow(3, 64, 2),
                FamilyShape.dense("gpt-oss", 64, 8, 1, 32, 96).withExperts(9, 4).withWindow(4, 66, 4),
                FamilyShape.dense("gpt-oss", 32, 4, 4, 16, 24).withExperts(3, 1),
                FamilyShape.dense("phi3", 48, 6, 2, 8, 56).withRotated(6));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void agreesWithTheNaiveDecoder(FamilyShape shape) {
        int[] tokens = new Random(9).ints(LENGTH, 0, FamilyShape.VOCABULARY).toArray();
        try (RandomModel model = shape.write(4);
                TestEngine scalar = new TestEngine(model, KernelChoice.SCALAR, DType.F32);
                TestEngine vector = new TestEngine(model, KernelChoice.VECTOR, DType.F32)) {
            float[] fromScalar = scalar.logits(tokens);
            float[] fromVector = vector.logits(tokens);
            NaiveDecoder naive = new NaiveDecoder(shape, model);
            double scalarError = 0;
            double vectorError = 0;
            double total = 0;
            for (int row = 0; row < LENGTH; row++) {
                double[] expected = naive.next(tokens[row]);
                for (int i = 0; i < expected.length; i++) {
                    int at = row * expected.length + i;
                    scalarError += Math.pow(fromScalar[at] - expected[i], 2);
                    vectorError += Math.pow(fromVector[at] - expected[i], 2);
                    total += expected[i] * expected[i];
                }
            }
            assertThat(scalarError / total).as("scalar").isLessThan(1e-10);
            assertThat(vectorError / total).as("vector").isLessThan(1e-10);
        }
    }
}
