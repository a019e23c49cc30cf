package io.specoffload.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.pipeline.MachineLoad.Part;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is told apart: the machine's load, and what is particular to a piece of work. */
class MachineLoadTest {

    private static final double FORESEEN = 0.01;

    private final MachineLoad load = new MachineLoad();
    private final int one = load.add(List.of(), 1);
    private final int other = load.add(List.of(new Part(one, 1)), FORESEEN);
    private final Random random = new Random(1);

    /** Measures a piece of work a few times. */
    private void measure(int work, double factor, int times) {
        for (int i = 0; i < times; i++) {
            load.observe(work, Math.log(factor) + 0.02 * random.nextGaussian());
        }
    }

    private double expected(int work) {
        return Math.exp(load.now() + load.particular(work));
    }

    @Test
    void aSlowMachineIsSlowForWorkThatIsNotMeasuredThen() {
        measure(one, 1, 20);
        measure(other, 1.1, 20);
        double relative = expected(other) / expected(one);
        assertThat(relative).isBetween(1.04, 1.1);
        measure(one, 2.5, 5);
        assertThat(expected(one)).isCloseTo(2.5, within(0.1));
        assertThat(expected(other) / expected(one)).isCloseTo(relative, within(0.02));
    }

    @Test
    void whatIsParticularIsLearnedByTurns() {
        for (int i = 0; i < 30; i++) {
            measure(one, 1, 1);
            measure(other, 1.4, 1);
        }
        assertThat(expected(other) / expected(one)).isCloseTo(1.4, within(0.05));
    }

    @Test
    void whatBecomesSlowForGoodIsLearnedInTheEnd() {
        for (int i = 0; i < 30; i++) {
            measure(one, 1, 1);
            measure(other, 1, 1);
        }
        for (int i = 0; i < 200; i++) {
            measure(one, 1, 1);
            measure(other, 3, 1);
        }
        assertThat(expected(other) / expected(one)).isCloseTo(3, within(0.3));
    }

    @Test
    void theUsualLoadKnowsNoMoments() {
        measure(one, 1, 30);
        double usual = load.usual();
        measure(one, 3, 8);
        assertThat(load.now() - usual).isGreaterThan(1);
        assertThat(load.usual()).isCloseTo(usual, within(0.05));
        measure(one, 3, 20);
        assertThat(load.usual() - usual).as("for longer").isCloseTo(Math.log(3), within(0.1));
    }

    @Test
    void whatWasMeasuredLongAgoIsUncertainButNotMoreAndMore() {
        List<Part> both = List.of(new Part(other, 1));
        measure(one, 1, 20);
        assertThat(load.deviation(both, 0)).as("never").isBetween(0.09, 0.2);
        measure(other, 1, 20);
        double fresh = load.deviation(both, 0);
        assertThat(fresh).isLessThan(0.08);
        measure(one, 1, 50);
        double later = load.deviation(both, 0);
        assertThat(later).isBetween(fresh + 0.02, 0.15);
        measure(one, 1, 10_000);
        assertThat(load.deviation(both, 0)).isBetween(0.15, 0.25);
        assertThat(load.deviation(both, 0.01)).isGreaterThan(load.deviation(both, 0));
    }

    @Test
    void aMixtureIsAsItsParts() {
        measure(one, 1, 20);
        measure(other, 1.3, 20);
        int between = load.add(List.of(new Part(one, 0.5), new Part(other, 0.5)), FORESEEN);
        assertThat(expected(between)).isCloseTo(Math.sqrt(expected(one) * expected(other)), within(1e-9));
        assertThat(load.deviation(List.of(new Part(between, 1)), 0))
                .isCloseTo(load.deviation(List.of(new Part(one, 0.5), new Part(other, 0.5)), FORESEEN), within(1e-9));
    }

    @Test
    void whatIsForgottenIsExpectedAnew() {
        measure(one, 1, 20);
        measure(other, 1.5, 5);
        load.expect(other, List.of(new Part(one, 1)), FORESEEN);
        assertThat(expected(other)).isCloseTo(expected(one), within(1e-12));
        measure(other, 1.1, 20);
        measure(one, 1, 20);
        assertThat(expected(other) / expected(one)).isBetween(1.0, 1.2);
    }

    @Test
    void daysOfRoundsDoNotWearItOut() {
        for (int i = 0; i < 300_000; i++) {
            double factor = 1 + 2 * (i / 1000 % 2);
            measure(i % 7 == 0 ? other : one, i % 7 == 0 ? 1.2 * factor : factor, 1);
        }
        assertThat(expected(other) / expected(one)).isCloseTo(1.2, within(0.06));
        assertThat(load.deviation(List.of(new Part(one, 1)), 0)).isBetween(0.01, 0.1);
    }
}
