package io.specoffload.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.backend.Buffer;
import io.specoffload.backend.cpu.CpuBackend;
import io.specoffload.backend.cpu.KernelChoice;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ExpertRoutingTest {

    private final CpuBackend backend = new CpuBackend(1, KernelChoice.SCALAR);
    private final ExpertRouting routing = new ExpertRouting();

    @AfterEach
    void close() {
        backend.close();
    }

    private void choose(int count, int used, float... scores) {
        try (Buffer buffer = backend.allocate(scores.length)) {
            buffer.upload(scores, 0, 0, scores.length);
            routing.choose(buffer, scores.length / count, count, used);
        }
    }

    @Test
    void rowsAreGroupedByExpertInAscendingOrder() {
        choose(4, 2, 0, 3, 1, 2, 5, 0, 0, 4, 0, 1, 0, 2);
        assertThat(routing.experts()).containsExactly(0, 1, 3);
        assertThat(routing.rows(0)).containsExactly(1);
        assertThat(routing.rows(1)).containsExactly(0, 2);
        assertThat(routing.rows(2)).containsExactly(0, 1, 2);
    }

    @Test
    void factorsAreTheSoftmaxOverTheChosen() {
        choose(4, 2, 0, 3, 1, 2);
        double best = 1 / (1 + Math.exp(-1));
        assertThat(routing.experts()).containsExactly(1, 3);
        assertThat(routing.factors(0)[0]).isCloseTo((float) best, within(1e-6f));
        assertThat(routing.factors(1)[0]).isCloseTo((float) (1 - best), within(1e-6f));
    }

    @Test
    void ofEqualScoresTheFirstIsChosen() {
        choose(5, 2, 1, 2, 1, 2, 2);
        assertThat(routing.experts()).containsExactly(1, 3);
    }

    @Test
    void allExpertsMayBeUsed() {
        choose(3, 3, 7, 7, 7);
        assertThat(routing.experts()).containsExactly(0, 1, 2);
        assertThat(routing.factors(1)[0]).isCloseTo(1 / 3f, within(1e-6f));
    }

    @Test
    void hugeScoresDoNotOverflow() {
        choose(3, 2, 3e38f, -3e38f, 2e38f);
        assertThat(routing.experts()).containsExactly(0, 2);
        assertThat(routing.factors(0)[0]).isEqualTo(1);
        assertThat(routing.factors(1)[0]).isZero();
    }

    @Test
    void agreesWithSortingEachRow() {
        Random random = new Random(5);
        for (int round = 0; round < 200; round++) {
            int count = random.nextInt(1, 20);
            int used = random.nextInt(1, count + 1);
            int n = random.nextInt(1, 12);
            float[] scores = new float[n * count];
            for (int i = 0; i < scores.length; i++) {
                scores[i] = random.nextInt(6);
            }
            choose(count, used, scores);
            TreeSet<Integer> pairs = new TreeSet<>();
            double[] sums = new double[n];
            for (int i = 0; i < routing.experts().length; i++) {
                for (int j = 0; j < routing.rows(i).length; j++) {
                    assertThat(pairs.add(routing.rows(i)[j] * count + routing.experts()[i]))
                            .isTrue();
                    sums[routing.rows(i)[j]] += routing.factors(i)[j];
                }
            }
            TreeSet<Integer> expected = new TreeSet<>();
            for (int row = 0; row < n; row++) {
                int offset = row * count;
                IntStream.range(0, count)
                        .boxed()
                        .sorted((a, b) -> Float.compare(scores[offset + b], scores[offset + a]))
                        .limit(used)
                        .forEach(expert -> expected.add(offset + expert));
                assertThat(sums[row]).isCloseTo(1, within(1e-5));
            }
            assertThat(pairs).isEqualTo(expected);
        }
    }
}
