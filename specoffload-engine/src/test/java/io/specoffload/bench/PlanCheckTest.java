package io.specoffload.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.data.Index.atIndex;
import static org.assertj.core.data.Percentage.withPercentage;

import io.specoffload.bench.PlanCheck.Case;
import io.specoffload.engine.EngineConfig;
import io.specoffload.engine.MemoryBudgetException;
import io.specoffload.hardware.HardwareProfile;
import io.specoffload.hardware.PassCosts;
import io.specoffload.tensor.DType;
import io.specoffload.testing.Profiles;
import io.specoffload.testing.TinyModels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanCheckTest {

    @TempDir
    private Path folder;

    @Test
    void settingsAreWrittenAsSlotsTimesCandidates() {
        assertThat(Case.parse("4x2")).isEqualTo(new Case(4, 2));
        assertThat(Case.parse(" 1 x 0")).isEqualTo(new Case(1, 0));
        for (String wrong : List.of("", "4", "x", "4x", "ax2", "4*2")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Case.parse(wrong))
                    .withMessageContaining("SLOTSxCANDIDATES");
        }
    }

    @Test
    void everySettingIsRunAndPredicted() {
        Path target = TinyModels.target(folder);
        EngineConfig base = EngineConfig.builder(target)
                .draftModel(TinyModels.draft(folder))
                .threads(1)
                .build();
        List<String> progress = new ArrayList<>();
        List<Case> cases = List.of(new Case(1, 0), new Case(2, 2));

        AtomicInteger profiles = new AtomicInteger();
        PlanCheck check = new PlanCheck(
                base,
                () -> {
                    profiles.incrementAndGet();
                    return Profiles.withoutDevice();
                },
                0.7,
                12,
                progress::add);
        List<PlanCheck.Row> rows = check.run(cases);

        assertThat(profiles)
                .as("the machine is looked at before and after each setting")
                .hasValue(4);
        assertThat(rows).extracting(PlanCheck.Row::setting).containsExactlyElementsOf(cases);
        assertThat(progress)
                .as("each setting, and its result as soon as it is there")
                .hasSize(4)
                .contains("1 slots, 0 candidates", atIndex(0))
                .contains("2 slots, 2 candidates", atIndex(2));
        assertThat(List.of(progress.get(1), progress.get(3)))
                .allMatch(
                        line -> line.matches("a round took [\\d.]+ s, predicted [\\d.]+ s; .* tokens/s, predicted .*"));
        assertThat(rows).allSatisfy(row -> {
            assertThat(row.measuredRounds()).isGreaterThan(5);
            assertThat(row.roundSeconds()).isPositive();
            assertThat(row.tokensPerSecond()).isPositive();
            assertThat(row.prediction().setting().slots())
                    .isEqualTo(row.setting().slots());
            assertThat(row.prediction().setting().candidates())
                    .isEqualTo(row.setting().candidates());
            assertThat(row.roundRatio()).isEqualTo(row.predictedRoundSeconds() / row.roundSeconds());
            assertThat(row.processors()).isPositive();
        });

        progress.clear();
        List<PlanCheck.Choice> choices = check.choices(rows, 1);

        assertThat(choices).extracting(PlanCheck.Choice::slots).containsExactly(1, 2);
        assertThat(choices).allSatisfy(choice -> {
            assertThat(choice.best()).isEqualTo(choice.slots() == 1 ? 0 : 2);
            assertThat(choice.chosen()).isBetween(0, 16);
            assertThat(choice.share()).isEqualTo(choice.chosenTokensPerSecond() / choice.bestTokensPerSecond());
            assertThat(choice.replannedTokensPerSecond()).isPositive();
        });
        assertThat(progress)
                .as("in turns")
                .filteredOn(what -> what.contains("best of the sweep"))
                .containsExactly(
                        "1 slots: the best of the sweep, 0 candidates, run 1",
                        "2 slots: the best of the sweep, 2 candidates, run 1");
    }

    @Test
    void whatWasMeasuredWhileTheMachineChangedIsMeasuredAgain() {
        EngineConfig base =
                EngineConfig.builder(TinyModels.target(folder)).threads(1).build();
        PassCosts slowPass =
                new PassCosts(5e-5, 2e-4, 1e-9, 5e-10, Map.of(DType.F16, new PassCosts.AttentionCost(1e-10, 8e-11)));
        HardwareProfile fast = Profiles.withoutDevice();
        HardwareProfile slow =
                new HardwareProfile(Profiles.host(slowPass), Profiles.disk(), null, null, fast.deviceProblem());
        List<String> progress = new ArrayList<>();
        AtomicInteger profiles = new AtomicInteger();
        PlanCheck check = new PlanCheck(
                base,
                // another machine after the first run, and the same from then on
                () -> profiles.getAndIncrement() == 0 ? fast : slow,
                0.7,
                4,
                progress::add);

        PlanCheck.Row row = check.run(List.of(new Case(1, 0))).getFirst();

        assertThat(profiles).hasValue(4);
        assertThat(progress).contains("the machine changed meanwhile: once more");
        assertThat(row.isSteady()).isTrue();
        assertThat(row.prediction()).isEqualTo(row.later());
    }

    @Test
    void whereWeightsStreamThePredictionIsOfTheDiskAsItWasAtThatTime() {
        Path target = TinyModels.write(folder.resolve("target.gguf"), new TinyModels.Size(12, 256, 4, 2, 11));
        EngineConfig base = EngineConfig.builder(target).threads(1).build();
        List<Case> one = List.of(new Case(1, 0));
        double profile = Profiles.withoutDevice().disk().plannedBytesPerSecond();

        MemoryBudgetException tooSmall = catchThrowableOfType(
                MemoryBudgetException.class, () -> check(base, 1000L, 0).run(one));
        long budget = tooSmall.smallestBudget();

        PlanCheck.Row limited = check(base, budget, 50_000_000).run(one).getFirst();
        assertThat(rate(limited)).isCloseTo(Math.min(profile, 5e7), withPercentage(1));
        PlanCheck.Row free = check(base, budget, 0).run(one).getFirst();
        assertThat(rate(free)).isPositive().isNotCloseTo(profile, withPercentage(0.01));
    }

    private static PlanCheck check(EngineConfig base, long budget, long readRate) {
        EngineConfig config =
                base.toBuilder().memoryBudget(budget).readRate(readRate).build();
        return new PlanCheck(config, Profiles::withoutDevice, 0.7, 12, what -> {});
    }

    private static double rate(PlanCheck.Row row) {
        return row.prediction().streamedBytes() / row.prediction().diskSeconds();
    }
}
