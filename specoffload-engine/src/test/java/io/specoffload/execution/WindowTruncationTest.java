package io.specoffload.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.kv.KvSequence;
import io.specoffload.tensor.DType;
import io.specoffload.testing.FamilyShape;
import io.specoffload.testing.RandomModel;
import io.specoffload.testing.TestEngine;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A sequence that is cut back and goes on otherwise is the sequence that never had the rows, sliding windows included. */
class WindowTruncationTest {

    private static final int WINDOW = 20;

    static Stream<FamilyShape> shapes() {
        return Stream.of(
                FamilyShape.dense("gemma2", 32, 4, 2, 24, 48).withWindow(3, WINDOW, 2),
                FamilyShape.dense("gemma3", 32, 2, 1, 24, 48).withWindow(3, WINDOW, 3),
                FamilyShape.dense("gpt-oss", 48, 6, 2, 8, 40).withExperts(4, 2).withWindow(3, WINDOW, 2));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void rowsThatTheWindowHadLeftBehindAreSeenAgain(FamilyShape shape) {
        int[] first = tokens(90, 1);
        int[] second = tokens(30, 2);
        try (RandomModel model = shape.write(3);
                TestEngine engine = new TestEngine(model, KernelChoice.SCALAR, DType.F32)) {
            // around the window, a page's edge, and further back than the window reaches
            for (int kept : new int[] {0, 1, WINDOW - 1, WINDOW, WINDOW + 1, 63, 64, 65, 89, 90}) {
                int[] whole = Arrays.copyOf(first, kept + second.length);
                System.arraycopy(second, 0, whole, kept, second.length);
                float[] all = engine.logits(whole);
                float[] expected = Arrays.copyOfRange(all, kept * RandomModel.VOCABULARY, all.length);
                try (KvSequence sequence = engine.cache().newSequence()) {
                    engine.forward(sequence, first);
                    sequence.truncate(kept);
                    assertThat(engine.forward(sequence, second))
                            .as("kept %d", kept)
                            .isEqualTo(expected);
                }
            }
        }
    }

    private static int[] tokens(int count, long seed) {
        return new Random(seed).ints(count, 0, RandomModel.VOCABULARY).toArray();
    }
}
