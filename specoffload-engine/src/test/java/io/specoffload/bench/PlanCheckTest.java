package io.specoffload.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.specoffload.bench.PlanCheck.Case;
import io.specoffload.engine.EngineConfig;
import io.specoffload.testing.Profiles;
import io.specoffload.testing.TinyModels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

        List<PlanCheck.Row> rows = new PlanCheck(base, Profiles.withoutDevice(), 0.7, 12, progress::add).run(cases);

        assertThat(rows).extracting(PlanCheck.Row::setting).containsExactlyElementsOf(cases);
        assertThat(progress).containsExactly("1 slots, 0 candidates", "2 slots, 2 candidates");
        assertThat(rows).allSatisfy(row -> {
            assertThat(row.measuredRounds()).isGreaterThan(5);
            assertThat(row.roundSeconds()).isPositive();
            assertThat(row.tokensPerSecond()).isPositive();
            assertThat(row.prediction().setting().slots())
                    .isEqualTo(row.setting().slots());
            assertThat(row.prediction().setting().candidates())
                    .isEqualTo(row.setting().candidates());
            assertThat(row.roundRatio()).isEqualTo(row.prediction().roundSeconds() / row.roundSeconds());
        });
    }
}
