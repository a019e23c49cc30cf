package io.specoffload.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.execution.ExpertSimulation.Figures;
import io.specoffload.execution.ExpertSimulation.Guessing;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What guessing the next layer's experts gains at a given accuracy. Prints a table. */
class ExpertPredictionTest {

    private static final int PASSES = 60;

    @ParameterizedTest
    @ValueSource(ints = {1, 5})
    void betterGuessesWasteLessAndWaitLess(int rows) {
        ExpertSimulation simulation = new ExpertSimulation(rows, PASSES);
        System.out.printf("%d rows%n%s%n", rows, Figures.HEADER);
        Figures none = simulation.run(Guessing.NEVER, 0);
        System.out.println(none.row("none"));
        Figures worse = none;
        for (double accuracy : new double[] {0.5, 0.7, 0.9, 1}) {
            Figures figures = simulation.run(Guessing.ALWAYS, accuracy);
            System.out.println(figures.row(String.valueOf(accuracy)));
            if (rows == 1 || worse != none) {
                assertThat(figures.stallSeconds()).isLessThan(worse.stallSeconds());
            }
            assertThat(figures.wasted()).isGreaterThanOrEqualTo(none.wasted());
            if (worse != none) {
                assertThat(figures.wasted()).isLessThan(worse.wasted());
            }
            // whatever is guessed, a pass is what it computes and what it waits
            double compute = figures.seconds() - figures.stallSeconds();
            assertThat(compute).isCloseTo(none.seconds() - none.stallSeconds(), within(1e-9));
            worse = figures;
        }
        assertThat(none.wasted()).isZero();
    }
}
