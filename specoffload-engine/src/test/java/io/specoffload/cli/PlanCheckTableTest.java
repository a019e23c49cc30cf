package io.specoffload.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.bench.PlanCheck;
import io.specoffload.bench.PlanCheck.Case;
import io.specoffload.plan.MemoryShape;
import io.specoffload.plan.Plan.Resource;
import io.specoffload.plan.Prediction;
import io.specoffload.plan.Setting;
import io.specoffload.tensor.DType;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlanCheckTableTest {

    /** Predicted as a quarter more before and a fifth less after. */
    private static PlanCheck.Row row(int slots, int candidates, double predicted, double measured) {
        return new PlanCheck.Row(
                new Case(slots, candidates),
                prediction(slots, candidates, 0.125, 1.25 * predicted),
                prediction(slots, candidates, 0.08, predicted / 1.25),
                0.125,
                measured,
                2.25,
                20,
                0.5);
    }

    private static Prediction prediction(int slots, int candidates, double roundSeconds, double tokensPerSecond) {
        return new Prediction(
                new Setting(slots, 1, candidates, 3, 128, DType.F16),
                new MemoryShape.Layout(0, 0, 0, 0),
                0,
                0.1,
                0,
                roundSeconds,
                2.5,
                tokensPerSecond,
                0.1,
                0,
                0,
                0,
                Resource.COMPUTE);
    }

    @Test
    void theTableComparesAndSaysWhatTheChoiceReached() {
        String text = PlanCheckTable.text(
                List.of(row(4, 0, 20, 22), row(4, 2, 25, 20), row(8, 0, 30, 33)),
                List.of(new PlanCheck.Choice(4, 2, 0, 22, 20.9, 0.95, 21.56, 0.98)));

        assertThat(text.lines())
                .contains("| 4 | 2 | 0.1000 | 0.1250 | 0.80 | 2.50 | 2.25 | 25.00 | 20.00 | 1.25 | compute | 0.50 |")
                .contains("4 slots: 2 candidates promised most and reached 91% of the best, which were 0")
                .contains("8 slots: 0 candidates promised most and reached 100% of the best, which were 0")
                .contains("time per round: median error 20%, largest 20%, 0 of 3 within 15%")
                .contains("tokens/s: median error 9%, largest 25%, 2 of 3 within 15%")
                .contains("| 4 | 0 | 2 | 22.00 | 20.90 | 95% | 21.56 | 98% |");
    }
}
