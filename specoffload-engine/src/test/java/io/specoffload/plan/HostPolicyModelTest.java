package io.specoffload.plan;

import static io.specoffload.plan.PlanFixtures.HOST;
import static io.specoffload.plan.PlanFixtures.MB;
import static io.specoffload.plan.PlanFixtures.MIXTURE;
import static io.specoffload.plan.PlanFixtures.experts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.plan.Demand.Objective;
import io.specoffload.plan.Plan.Resource;
import io.specoffload.tensor.DType;
import org.junit.jupiter.api.Test;

class HostPolicyModelTest {

    private static final double DISK = 5e8;

    private static Prediction predict(int slots) {
        MemoryShape memory = experts((1300 + 25L * slots) * MB);
        return new HostPolicyModel(memory, new PassTime(MIXTURE, HOST, 2), null, DISK, false)
                .predict(
                        new Setting(slots, 1, 0, 2, 32, DType.F16),
                        new Demand(0, 128, slots, 0, Objective.THROUGHPUT, null, null))
                .orElseThrow();
    }

    @Test
    void expertsThatTheRouterChoosesAreWaitedFor() {
        Prediction one = predict(1);

        assertThat(one.streamedBytes()).isLessThan(16 * 2 * 20.0 * MB);
        assertThat(one.diskSeconds()).isCloseTo(one.streamedBytes() / DISK, within(1e-9));
        assertThat(one.roundSeconds()).isCloseTo(one.diskSeconds() + one.computeSeconds(), within(1e-9));
        assertThat(one.binding()).isEqualTo(Resource.DISK);
    }

    @Test
    void whereNearlyAllAreNeededTheyAreReadAheadUnderTheCompute() {
        Prediction many = predict(16);

        double all = 16 * 8 * 20.0 * MB;
        double cached = many.layout().cachedExperts() * 20.0 * MB;
        assertThat(many.streamedBytes()).isCloseTo(all - 0.75 * cached, within(1.0));
        assertThat(many.roundSeconds())
                .isGreaterThanOrEqualTo(many.diskSeconds())
                .isLessThan(many.diskSeconds() + 0.2 * many.computeSeconds());
    }
}
