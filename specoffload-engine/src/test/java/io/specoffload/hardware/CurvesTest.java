package io.specoffload.hardware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class CurvesTest {

    private static TreeMap<Integer, Double> knots(Object... pairs) {
        TreeMap<Integer, Double> knots = new TreeMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            knots.put((Integer) pairs[i], ((Number) pairs[i + 1]).doubleValue());
        }
        return knots;
    }

    /** Rising speeds at rising places, such that no product with more columns takes less time. */
    private static TreeMap<Integer, Double> risingKnots(SplittableRandom random) {
        TreeMap<Integer, Double> knots = new TreeMap<>();
        int columns = 1;
        double speed = 1 + random.nextDouble() * 30;
        for (int i = 0; i < 2 + random.nextInt(6); i++) {
            knots.put(columns, speed);
            int next = columns + 1 + random.nextInt(40);
            speed *= 1 + random.nextDouble() * ((double) next / columns - 1);
            columns = next;
        }
        return knots;
    }

    @RepeatedTest(50)
    void aComputeCurveIsExactAtItsKnotsAndMonotoneBetweenThem(RepetitionInfo repetition) {
        var knots = risingKnots(new SplittableRandom(repetition.getCurrentRepetition()));
        ComputeCurve curve = new ComputeCurve(knots);

        knots.forEach((columns, speed) -> assertThat(curve.gigaflops(columns)).isEqualTo(speed));
        double previousSpeed = 0;
        double previousTime = 0;
        for (double columns = 0.5; columns < knots.lastKey() + 10; columns += 0.25) {
            double speed = curve.gigaflops(columns);
            double time = curve.seconds(1e6, columns);
            assertThat(speed).as("speed at %s", columns).isGreaterThanOrEqualTo(previousSpeed * (1 - 1e-12));
            assertThat(time).as("time at %s", columns).isGreaterThanOrEqualTo(previousTime * (1 - 1e-12));
            previousSpeed = speed;
            previousTime = time;
        }
        assertThat(curve.gigaflops(0.5)).isEqualTo(knots.firstEntry().getValue());
        assertThat(curve.gigaflops(knots.lastKey() + 1000))
                .isEqualTo(knots.lastEntry().getValue());
    }

    @Test
    void timeIsOnTheLineBetweenTwoKnots() {
        // 2 ns per weight with 1 column, 4 ns with 5: 3 ns with 3
        ComputeCurve curve = new ComputeCurve(knots(1, 1.0, 5, 2.5));

        assertThat(curve.seconds(1e9, 1)).isCloseTo(2, within(1e-12));
        assertThat(curve.seconds(1e9, 5)).isCloseTo(4, within(1e-12));
        assertThat(curve.seconds(1e9, 3)).isCloseTo(3, within(1e-12));
        assertThat(curve.gigaflops(3)).isCloseTo(2, within(1e-12));
    }

    @RepeatedTest(50)
    void aBandwidthCurveIsExactAtItsKnotsAndMonotoneBetweenThem(RepetitionInfo repetition) {
        var knots = risingKnots(new SplittableRandom(repetition.getCurrentRepetition()));
        BandwidthCurve curve = new BandwidthCurve(knots);

        knots.forEach((parallel, rate) -> assertThat(curve.at(parallel)).isEqualTo(rate));
        double previous = 0;
        for (double parallel = 0.5; parallel < knots.lastKey() + 10; parallel += 0.25) {
            assertThat(curve.at(parallel)).isGreaterThanOrEqualTo(previous * (1 - 1e-12));
            previous = curve.at(parallel);
        }
        assertThat(curve.at(knots.lastKey() + 1000))
                .isEqualTo(knots.lastEntry().getValue())
                .isEqualTo(curve.best());
    }

    @Test
    void bandwidthIsOnTheLineBetweenTwoKnots() {
        assertThat(new BandwidthCurve(knots(1, 10, 5, 30)).at(2)).isCloseTo(15, within(1e-12));
    }

    @Test
    void curvesRefuseImpossibleKnots() {
        assertThatThrownBy(() -> new ComputeCurve(knots())).hasMessageContaining("no value");
        assertThatThrownBy(() -> new ComputeCurve(knots(0, 1))).hasMessageContaining("above 0");
        assertThatThrownBy(() -> new ComputeCurve(knots(1, 0))).hasMessageContaining("above 0");
        assertThatThrownBy(() -> new BandwidthCurve(knots(1, Double.NaN))).hasMessageContaining("above 0");
    }

    @Test
    void aCurveDoesNotChangeWithTheMapItWasMadeOf() {
        var knots = knots(1, 10);
        ComputeCurve curve = new ComputeCurve(knots);
        knots.put(2, 20.0);

        assertThat(curve.knots()).containsExactlyEntriesOf(Map.of(1, 10.0));
        assertThatThrownBy(() -> curve.knots().put(3, 1.0)).isInstanceOf(UnsupportedOperationException.class);
    }
}
