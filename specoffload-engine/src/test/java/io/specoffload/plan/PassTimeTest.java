package io.specoffload.plan;

import static io.specoffload.plan.PlanFixtures.HOST;
import static io.specoffload.plan.PlanFixtures.TARGET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.hardware.HostSpec;
import io.specoffload.hardware.PassCosts;
import io.specoffload.tensor.DType;
import io.specoffload.testing.Profiles;
import org.junit.jupiter.api.Test;

class PassTimeTest {

    @Test
    void fewerThreadsComputeLonger() {
        double two = new PassTime(TARGET, HOST, 2).seconds(8, 8, 100, 2, DType.F16);
        double one = new PassTime(TARGET, HOST, 1).seconds(8, 8, 100, 2, DType.F16);
        assertThat(one).isBetween(1.2 * two, 2.2 * two);
    }

    @Test
    void aPassTakesWhatItsMatricesTakeAndSomeMore() {
        // 72 GFLOP/s with 8 columns
        double products = 2 * 8 * (968e6 + 66e6) / 72e9;
        double all = new PassTime(TARGET, HOST, 2).seconds(8, 8, 100, 2, DType.F16);
        assertThat(all).isBetween(products, 1.3 * products);
        // without logits the head is left out
        assertThat(all - new PassTime(TARGET, HOST, 2).seconds(8, 0, 100, 2, DType.F16))
                .isCloseTo(2 * 8 * 66e6 / 72e9 + 8 * 32000 * 5e-10 + 5e-6, within(1e-9));
    }

    @Test
    void whatIsMeasuredOfAPassIsWhatItTakes() {
        PassCosts costs = Profiles.pass();
        PassCosts.AttentionCost attention = costs.attention(DType.F16);
        double products = new PassTime(TARGET, HOST, 2).seconds(8, 8, 0, 2, DType.F16);
        double with = new PassTime(TARGET, HOST, 2).seconds(8, 8, 1000, 2, DType.F16);
        assertThat(with - products)
                .isCloseTo(
                        2 * 1000 * 45056.0 * attention.cachedByteSeconds()
                                + 8 * 1000 * 2048.0 * 22 * attention.scoreSeconds(),
                        within(1e-9));
        double nine = new PassTime(TARGET, HOST, 2).seconds(9, 8, 0, 2, DType.F16);
        // beyond the last knot, products take in proportion
        assertThat(nine - products)
                .isCloseTo(
                        2 * 968e6 / 72e9 + 22 * (6 * 2048 + 2 * 2048 + 3 * 5632) * costs.elementSeconds(),
                        within(1e-9));
    }

    @Test
    void aProfileWithoutCostsOfAPassWillDo() {
        HostSpec older = Profiles.host(null);
        double guessed = new PassTime(TARGET, older, 2).seconds(1, 1, 500, 1, DType.F16);
        double measured = new PassTime(TARGET, HOST, 2).seconds(1, 1, 500, 1, DType.F16);
        assertThat(guessed).isBetween(0.8 * measured, 1.25 * measured);
        assertThat(new PassTime(TARGET, older, 2).seconds(1, 1, 4000, 1, DType.F16))
                .isGreaterThan(guessed);
    }
}
