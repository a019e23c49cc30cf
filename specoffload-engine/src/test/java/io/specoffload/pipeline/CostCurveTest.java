package io.specoffload.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

/** What a pass of so many rows is taken to cost. */
class CostCurveTest {

    /** What is not known before the first measurement is told by it all but a trifle. */
    private static final double TRIFLE = 0.5;

    private static final IntToDoubleFunction SHAPE = rows -> 1 + 0.1 * rows;

    private static CostCurve unforeseen() {
        return new CostCurve(new MachineLoad(), null);
    }

    private static CostCurve foreseen() {
        return new CostCurve(new MachineLoad(), SHAPE);
    }

    private static void observe(CostCurve curve, int rows, double seconds, int times) {
        for (int i = 0; i < times; i++) {
            curve.observe(rows, seconds);
        }
    }

    @Test
    void codeThatWasCompiledMeanwhileIsSeenAtOnce() {
        CostCurve curve = unforeseen();
        observe(curve, 1, 0.1, 3);
        assertThat(curve.observe(1, 0.007)).as("improved").isTrue();
        assertThat(curve.at(1)).isLessThan(0.02);
        observe(curve, 1, 0.007, 5);
        assertThat(curve.at(1)).isCloseTo(0.007, withinPercentage(TRIFLE));
    }

    @Test
    void whatImprovesAfterManyRoundsIsTheMachine() {
        CostCurve curve = foreseen();
        observe(curve, 1, 5, 20);
        assertThat(curve.observe(1, 1)).as("improved").isFalse();
    }

    @Test
    void whatWasNotMeasuredLiesBetween() {
        CostCurve curve = unforeseen();
        curve.observe(1, 1);
        curve.observe(5, 3);
        assertThat(curve.at(3)).isCloseTo(2, withinPercentage(TRIFLE));
        assertThat(curve.at(7)).isCloseTo(4, withinPercentage(TRIFLE));
    }

    @Test
    void fewerRowsThanEverMeasuredCostInProportionAtBest() {
        CostCurve curve = unforeseen();
        assertThat(curve.isKnown()).isFalse();
        curve.observe(8, 4);
        assertThat(curve.at(2)).isCloseTo(1, withinPercentage(TRIFLE));
        assertThat(curve.atBest(2)).as("kind as it is").isEqualTo(curve.at(2));
        // a point has no slope: more rows seem free until they are tried
        assertThat(curve.at(16)).isCloseTo(4, withinPercentage(TRIFLE));
    }

    @Test
    void aForecastTellsWhatWasNotMeasured() {
        CostCurve curve = foreseen();
        assertThat(curve.at(7)).isEqualTo(SHAPE.applyAsDouble(7));
        curve.observe(4, 1.5 * SHAPE.applyAsDouble(4));
        assertThat(curve.at(1)).isCloseTo(1.5 * SHAPE.applyAsDouble(1), withinPercentage(TRIFLE));
        assertThat(curve.at(40)).isCloseTo(1.5 * SHAPE.applyAsDouble(40), withinPercentage(TRIFLE));
    }

    @Test
    void withAForecastOneSlowPassIsDoubted() {
        CostCurve curve = foreseen();
        observe(curve, 6, SHAPE.applyAsDouble(6), 20);
        curve.observe(2, 2 * SHAPE.applyAsDouble(2));
        observe(curve, 6, SHAPE.applyAsDouble(6), 20);
        assertThat(curve.at(2)).isCloseTo(SHAPE.applyAsDouble(2), withinPercentage(10));
        assertThat(curve.at(6)).isCloseTo(SHAPE.applyAsDouble(6), withinPercentage(2));
    }

    @Test
    void whatWasMeasuredOftenCountsMoreThanTheForecast() {
        CostCurve curve = foreseen();
        for (int i = 0; i < 20; i++) {
            curve.observe(8, 1.3 * SHAPE.applyAsDouble(8));
            curve.observe(1, SHAPE.applyAsDouble(1));
        }
        double relative = (curve.at(8) / SHAPE.applyAsDouble(8)) / (curve.at(1) / SHAPE.applyAsDouble(1));
        assertThat(relative).isBetween(1.25, 1.3);
    }

    @Test
    void aSlowMachineIsSlowForAllNumbersOfRowsAndForTheDraftModel() {
        MachineLoad load = new MachineLoad();
        CostCurve curve = new CostCurve(load, SHAPE);
        CostCurve draft = new CostCurve(load, rows -> 0.1);
        for (int i = 0; i < 20; i++) {
            observe(curve, 1, SHAPE.applyAsDouble(1), 1);
            observe(curve, 4, SHAPE.applyAsDouble(4), 1);
            observe(draft, 1, 0.2, 1);
        }
        assertThat(draft.at(1)).isCloseTo(0.2, withinPercentage(5));
        observe(curve, 4, 1.6 * SHAPE.applyAsDouble(4), 30);
        assertThat(curve.at(4)).isCloseTo(1.6 * SHAPE.applyAsDouble(4), withinPercentage(5));
        assertThat(curve.at(1)).isCloseTo(1.6 * SHAPE.applyAsDouble(1), withinPercentage(5));
        assertThat(draft.at(1)).isCloseTo(1.6 * 0.2, withinPercentage(7));
    }

    @Test
    void aMomentInWhichOthersHadTheMachineChangesNothing() {
        for (CostCurve curve : new CostCurve[] {unforeseen(), foreseen()}) {
            double usual = SHAPE.applyAsDouble(4);
            observe(curve, 4, usual, 10);
            observe(curve, 4, 20 * usual, 3);
            assertThat(curve.at(4)).isCloseTo(usual, withinPercentage(2));
            observe(curve, 4, 5 * usual, 30);
            assertThat(curve.at(4)).as("what stays so is believed").isCloseTo(5 * usual, withinPercentage(5));
        }
    }

    @Test
    void atItsBestWhatWasHardlyMeasuredTakesLess() {
        CostCurve curve = foreseen();
        observe(curve, 4, SHAPE.applyAsDouble(4), 30);
        assertThat(curve.atBest(4) / curve.at(4)).isBetween(0.9, 0.99);
        assertThat(curve.atBest(8) / curve.at(8)).isBetween(0.8, 0.91);
    }
}
