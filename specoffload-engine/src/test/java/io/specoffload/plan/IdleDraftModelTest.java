package io.specoffload.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.plan.Demand.Objective;
import io.specoffload.plan.Plan.Resource;
import io.specoffload.tensor.DType;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class IdleDraftModelTest {

    private static final Demand DEMAND = new Demand(64, 128, 4, 0.6, Objective.THROUGHPUT, 1.0, 0.5);

    private static final SearchSpace SPACE =
            new SearchSpace(List.of(4), List.of(1), List.of(0, 1, 2), List.of(1L), List.of(32), List.of(DType.F16), 1);

    /** What a setting is said to reach, in tokens per second. */
    @FunctionalInterface
    private interface Speed {
        double of(Setting setting, Demand demand);
    }

    /** Candidates never pay. */
    private static final Speed LOADED = (setting, demand) -> 10.0 * setting.slots() - setting.candidates();

    private static final Speed LEFT_OUT = (setting, demand) -> 11.0 * setting.slots();

    private static Planner planner(Speed speed, boolean streams) {
        return new Planner(new PolicyModel() {

            @Override
            public Optional<Prediction> predict(Setting setting, Demand demand) {
                double tokens = speed.of(setting, demand);
                return Optional.of(new Prediction(
                        setting,
                        new MemoryShape.Layout(1, 1, 1, 1),
                        1,
                        1,
                        0,
                        1,
                        tokens,
                        tokens,
                        setting.slots() / tokens,
                        0,
                        0,
                        streams ? 1 : 0,
                        Resource.DISK));
            }

            @Override
            public Optional<Prediction> bound(Setting setting, Demand demand) {
                return predict(setting, demand);
            }
        });
    }

    private static boolean idle(Speed loaded, Speed leftOut, boolean streams) {
        Planner with = planner(loaded, streams);
        Planner without = planner(leftOut, streams);
        return new IdleDraftModel(with, without).idle(with.plan(SPACE, DEMAND).orElseThrow(), alone(without), SPACE);
    }

    private static PlanReport alone(Planner without) {
        SearchSpace plain =
                new SearchSpace(List.of(4), List.of(1), List.of(0), List.of(1L), List.of(32), List.of(DType.F16), 1);
        return without.plan(plain, DEMAND).orElseThrow();
    }

    @Test
    void isLeftOutWhereItsMemoryIsWorthMore() {
        assertThat(idle(LOADED, LEFT_OUT, true)).isTrue();
    }

    @Test
    void isLoadedWhereEverythingFits() {
        assertThat(idle(LOADED, LEFT_OUT, false)).isFalse();
    }

    @Test
    void isLoadedWhereItsMemoryBringsNextToNothing() {
        assertThat(idle(LOADED, (setting, demand) -> 10.1 * setting.slots(), true))
                .isFalse();
    }

    @Test
    void isLoadedWhereCandidatesPay() {
        Speed pays = (setting, demand) -> 10.0 * setting.slots() + setting.candidates();
        assertThat(idle(pays, (setting, demand) -> 20.0 * setting.slots(), true))
                .isFalse();
    }

    @Test
    void isLoadedWhereCandidatesPayForALoneSequence() {
        Speed pays = (setting, demand) -> LOADED.of(setting, demand)
                + (setting.slots() == 1 && demand.sequences() == 1 ? 3 : 0) * setting.candidates();
        assertThat(idle(pays, LEFT_OUT, true)).isFalse();
    }

    @Test
    void theReasonSaysWhatItCosts() {
        PlanReport kept = planner(LOADED, true).plan(SPACE, DEMAND).orElseThrow();
        assertThat(IdleDraftModel.reason(kept, alone(planner(LEFT_OUT, true))).reason())
                .contains("draft model in memory")
                .contains("-9.1% tokens/s");
    }
}
