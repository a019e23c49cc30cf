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
        // three of them pass
        double kept = (many.layout().cachedExperts() - 3) * 20.0 * MB;
        assertThat(many.streamedBytes()).isCloseTo(all - kept, within(1.0));
        assertThat(many.roundSeconds())
                .isGreaterThanOrEqualTo(many.diskSeconds())
                .isLessThan(many.diskSeconds() + 0.2 * many.computeSeconds());
    }

    @Test
    void aForecastKnowsWhatPassesAndDraftsTakeAndThereIsNoneWithoutADraftModel() {
        MemoryShape memory = experts(1400L * MB);
        PassTime target = new PassTime(MIXTURE, HOST, 2);
        PassTime draft = new PassTime(PlanFixtures.DRAFT, HOST, 2);
        Setting setting = new Setting(4, 1, 3, 2, 32, DType.F16);
        Demand demand = new Demand(0, 128, 4, 0.8, Objective.THROUGHPUT, null, null);

        RoundForecast forecast = new HostPolicyModel(memory, target, draft, DISK, false)
                .forecast(setting, demand)
                .orElseThrow();

        assertThat(forecast.candidates()).isEqualTo(3);
        assertThat(forecast.acceptance()).isEqualTo(0.8);
        assertThat(forecast.passSeconds().applyAsDouble(16))
                .isEqualTo(target.seconds(16, 16, demand.context(), 4, DType.F16));
        assertThat(forecast.draftStepSeconds().applyAsDouble(2))
                .isEqualTo(draft.seconds(2, 2, demand.context(), 2, DType.F16));
        // candidates may be looked up in the prompt then, which takes no time that could be foreseen
        assertThat(new HostPolicyModel(memory, target, null, DISK, false).forecast(setting, demand))
                .isEmpty();
    }
}
