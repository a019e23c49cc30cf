package io.specoffload.cli;

import io.specoffload.bench.PlanCheck;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Predicted and measured rounds, as a table for documents. */
final class PlanCheckTable {

    private PlanCheckTable() {}

    static String text(List<PlanCheck.Row> rows) {
        List<String> lines = new ArrayList<>();
        lines.add(
                "| slots | candidates | round predicted, s | measured, s | ratio | tokens/s predicted | measured | ratio |"
                        + " bound by |");
        lines.add("|---|---|---|---|---|---|---|---|---|");
        for (PlanCheck.Row row : rows) {
            lines.add(String.format(
                    Locale.ROOT,
                    "| %d | %d | %.4f | %.4f | %.2f | %.2f | %.2f | %.2f | %s |",
                    row.setting().slots(),
                    row.setting().candidates(),
                    row.prediction().roundSeconds(),
                    row.roundSeconds(),
                    row.roundRatio(),
                    row.prediction().tokensPerSecond(),
                    row.tokensPerSecond(),
                    row.tokensRatio(),
                    row.prediction().binding().name().toLowerCase(Locale.ROOT)));
        }
        rows.stream().map(row -> row.setting().slots()).distinct().forEach(slots -> lines.add(choice(rows, slots)));
        return String.join(System.lineSeparator(), lines);
    }

    /** Which setting was expected to be the best of so many slots, and what share of the really best one it reached. */
    private static String choice(List<PlanCheck.Row> rows, int slots) {
        List<PlanCheck.Row> same =
                rows.stream().filter(row -> row.setting().slots() == slots).toList();
        PlanCheck.Row chosen = same.stream()
                .max(Comparator.comparingDouble(row -> row.prediction().tokensPerSecond()))
                .orElseThrow();
        PlanCheck.Row best = same.stream()
                .max(Comparator.comparingDouble(PlanCheck.Row::tokensPerSecond))
                .orElseThrow();
        return String.format(
                Locale.ROOT,
                "%d slots: %d candidates promised most and reached %.0f%% of the best, which were %d",
                slots,
                chosen.setting().candidates(),
                100 * chosen.tokensPerSecond() / best.tokensPerSecond(),
                best.setting().candidates());
    }
}
