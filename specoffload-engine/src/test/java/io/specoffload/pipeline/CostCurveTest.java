package io.specoffload.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

/** What a pass of so many rows is taken to cost. */
class CostCurveTest {

    @Test
    void codeThatWasCompiledMeanwhileIsSeenAtOnce() {
        CostCurve curve = new CostCurve(null);
        for (int i = 0; i < 10; i++) {
            curve.observe(1, 0.1);
        }
        curve.observe(1, 0.007);
        assertThat(curve.at(1)).isEqualTo(0.007);
    }

    @Test
    void aMomentInWhichOthersHadTheMachineChangesLittle() {
        CostCurve curve = new CostCurve(null);
        curve.observe(1, 0.01);
        curve.observe(1, 0.014);
        assertThat(curve.at(1)).isCloseTo(0.011, within(1e-12));
    }

    @Test
    void whatWasNotMeasuredLiesBetween() {
        CostCurve curve = new CostCurve(null);
        curve.observe(1, 1);
        curve.observe(5, 3);
        assertThat(curve.at(3)).isEqualTo(2);
        assertThat(curve.at(7)).isEqualTo(4);
    }

    @Test
    void fewerRowsThanEverMeasuredCostInProportionAtBest() {
        CostCurve curve = new CostCurve(null);
        assertThat(curve.isKnown()).isFalse();
        curve.observe(8, 4);
        assertThat(curve.at(2)).isEqualTo(1);
        // a point has no slope: more rows seem free until they are tried
        assertThat(curve.at(16)).isEqualTo(4);
    }

    private static final IntToDoubleFunction SHAPE = rows -> 1 + 0.1 * rows;

    @Test
    void aForecastTellsWhatWasNotMeasured() {
        CostCurve curve = new CostCurve(SHAPE);
        assertThat(curve.at(7)).isEqualTo(SHAPE.applyAsDouble(7));
        curve.observe(4, 1.5 * SHAPE.applyAsDouble(4));
        assertThat(curve.at(1)).isCloseTo(1.5 * SHAPE.applyAsDouble(1), within(1e-9));
        assertThat(curve.at(40)).isCloseTo(1.5 * SHAPE.applyAsDouble(40), within(1e-9));
    }

    @Test
    void withAForecastOneSlowPassIsDoubted() {
        CostCurve curve = new CostCurve(SHAPE);
        curve.observe(2, 1.6 * SHAPE.applyAsDouble(2));
        for (int i = 0; i < 20; i++) {
            curve.observe(6, SHAPE.applyAsDouble(6));
        }
        assertThat(curve.at(2)).isBetween(SHAPE.applyAsDouble(2), 1.25 * SHAPE.applyAsDouble(2));
        assertThat(curve.at(6)).isCloseTo(SHAPE.applyAsDouble(6), within(0.01));
    }

    @Test
    void whatWasMeasuredOftenCountsMoreThanTheForecast() {
        CostCurve curve = new CostCurve(SHAPE);
        for (int i = 0; i < 20; i++) {
            curve.observe(8, 1.3 * SHAPE.applyAsDouble(8));
        }
        for (int i = 0; i < 20; i++) {
            curve.observe(1, SHAPE.applyAsDouble(1));
        }
        assertThat(curve.at(8) / SHAPE.applyAsDouble(8)).isBetween(1.25, 1.3);
        assertThat(curve.at(1)).isCloseTo(SHAPE.applyAsDouble(1), within(0.01));
    }

    @Test
    void anAccidentCountsLittleButWhatStaysSlowIsBelieved() {
        for (CostCurve curve : new CostCurve[] {new CostCurve(null), new CostCurve(SHAPE)}) {
            double usual = SHAPE.applyAsDouble(4);
            for (int i = 0; i < 5; i++) {
                curve.observe(4, usual);
            }
            curve.observe(4, 20 * usual);
            assertThat(curve.at(4)).isBetween(usual, 1.26 * usual);
            for (int i = 0; i < 20; i++) {
                curve.observe(4, 5 * usual);
            }
            assertThat(curve.at(4)).isCloseTo(5 * usual, withinPercentage(5));
        }
    }
}
