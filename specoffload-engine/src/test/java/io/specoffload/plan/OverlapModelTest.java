package io.specoffload.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A processor-only machine: 22 layers, 16 sequences with 4 candidates, 2.77 tokens per sequence and verification, 1.5 s
 * of streaming per sweep, 1.25 s to verify all 80 rows, one compute resource for both models.
 */
class OverlapModelTest {

    private static final int LAYERS = 22;
    private static final double IO = 1.5;
    private static final double COMPUTE = 1.25;
    private static final double TOKENS = 16 * 2.77;

    @ParameterizedTest
    @CsvSource({
        "0.15, 26.0, 14.8, 29.5",
        "0.5, 21.5, 14.8, 25.4",
        "1.0, 17.3, 14.8, 19.7",
        "1.5, 14.5, 14.8, 16.1",
        "3.0, 9.7, 10.4, 10.4"
    })
    void reproducesTheEventSimulation(double draft, double serial, double rotation, double prefetch) {
        double staging = 12 * IO / LAYERS;
        assertThat(TOKENS / OverlapModel.oneGroup(IO, COMPUTE, draft, 0, LAYERS))
                .isCloseTo(serial, within(0.02 * serial));
        assertThat(TOKENS / 2 / OverlapModel.rotation(IO, COMPUTE / 2, draft / 2, true))
                .isCloseTo(rotation, within(0.02 * rotation));
        assertThat(TOKENS / OverlapModel.oneGroup(IO, COMPUTE, draft, staging, LAYERS))
                .isCloseTo(prefetch, within(0.02 * prefetch));
    }

    @ParameterizedTest
    @CsvSource({
        "1.5, 1.25, 0.15, 12",
        "1.5, 1.25, 1.0, 12",
        "1.5, 1.25, 3, 12",
        "1.5, 0.3, 1.0, 12",
        "1.5, 0.3, 1.0, 4",
        "1.5, 0.3, 0.2, 22",
        "1, 3, 0.5, 4",
        "1, 3, 2, 2",
        "2, 0.1, 3, 6"
    })
    void oneGroupAgreesWithASimulationOfTheStream(double io, double compute, double draft, int staging) {
        double simulated = simulate(io / LAYERS, compute / LAYERS, draft, staging);
        double predicted = OverlapModel.oneGroup(io, compute, draft, staging * io / LAYERS, LAYERS);
        assertThat(predicted).isCloseTo(simulated, within(0.06 * simulated));
    }

    /** Mean seconds of a sweep with its draft, layer by layer; a buffer is free again when its layer was computed. */
    private static double simulate(double io, double compute, double draft, int staging) {
        Deque<Double> freed = new ArrayDeque<>();
        for (int i = 0; i < staging; i++) {
            freed.add(0.0);
        }
        double link = 0;
        double time = 0;
        double start = 0;
        int sweeps = 60;
        for (int sweep = 0; sweep < sweeps; sweep++) {
            if (sweep == sweeps / 2) {
                start = time;
            }
            time += draft;
            for (int layer = 0; layer < LAYERS; layer++) {
                link = Math.max(link, freed.remove()) + io;
                time = Math.max(time, link) + compute;
                freed.add(time);
            }
        }
        return (time - start) / (sweeps - sweeps / 2);
    }
}
