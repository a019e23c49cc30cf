package io.specoffload.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** What a pass of so many rows is taken to cost. */
class CostCurveTest {

    @Test
    void codeThatWasCompiledMeanwhileIsSeenAtOnce() {
        CostCurve curve = new CostCurve();
        for (int i = 0; i < 10; i++) {
            curve.observe(1, 0.1);
        }
        curve.observe(1, 0.007);
        assertThat(curve.at(1)).isEqualTo(0.007);
    }

    @Test
    void aMomentInWhichOthersHadTheMachineChangesLittle() {
        CostCurve curve = new CostCurve();
        curve.observe(1, 0.01);
        curve.observe(1, 0.014);
        assertThat(curve.at(1)).isCloseTo(0.011, within(1e-12));
    }

    @Test
    void whatWasNotMeasuredLiesBetween() {
        CostCurve curve = new CostCurve();
        curve.observe(1, 1);
        curve.observe(5, 3);
        assertThat(curve.at(3)).isEqualTo(2);
        assertThat(curve.at(7)).isEqualTo(4);
    }

    @Test
    void fewerRowsThanEverMeasuredCostInProportionAtBest() {
        CostCurve curve = new CostCurve();
        assertThat(curve.isEmpty()).isTrue();
        curve.observe(8, 4);
        assertThat(curve.at(2)).isEqualTo(1);
        // a point has no slope: more rows seem free until they are tried
        assertThat(curve.at(16)).isEqualTo(4);
    }
}
