package io.specoffload.cli;

import io.specoffload.bench.PlanCheck.Choice;
import io.specoffload.bench.PlanCheck.Row;
import io.specoffload.bench.Samples;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Predicted and measured rounds, and the planner's choices beside the best settings, as tables for documents. */
final class PlanCheckTable {

    /** What counts as met. */
    private static final double NEAR = 0.15;

    private PlanCheckTable() {}

    static String text(List<Row> rows, List<Choice> choices) {
        List<String> lines = new ArrayList<>();
        lines.add("| slots | candidates | round predicted, s | measured, s | ratio | tokens per round predicted |"
                + " measured | tokens/s predicted | measured | ratio | bound by | processors |");
        lines.add("|---|---|---|---|---|---|---|---|---|---|---|---|");
        for (Row row : rows) {
            lines.add(String.format(
                    Locale.ROOT,
                    "| %d | %d | %.4f | %.4f | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %s | %.2f |",
                    row.setting().slots(),
                    row.setting().candidates(),
                    row.predictedRoundSeconds(),
                    row.roundSeconds(),
                    row.roundRatio(),
                    row.prediction().tokensPerRound(),
                    row.tokensPerRound(),
                    row.predictedTokensPerSecond(),
                    row.tokensPerSecond(),
                    row.tokensRatio(),
                    row.prediction().binding().name().toLowerCase(Locale.ROOT),
                    row.processors()));
        }
        lines.add(errors("time per round", rows, Row::roundRatio));
        lines.add(errors("tokens/s", rows, Row::tokensRatio));
        rows.stream().map(row -> row.setting().slots()).distinct().forEach(slots -> lines.add(choice(rows, slots)));
        if (!choices.isEmpty()) {
            lines.add("");
            lines.addAll(compared(choices));
        }
        return String.join(System.lineSeparator(), lines);
    }

    /** How far predictions are off, as a share of what was measured. */
    private static String errors(String what, List<Row> rows, ToDoubleFunction<Row> ratio) {
        double[] errors = rows.stream()
                .mapToDouble(row -> Math.abs(ratio.applyAsDouble(row) - 1))
                .sorted()
                .toArray();
        long near = Arrays.stream(errors).filter(error -> error <= NEAR).count();
        return String.format(
                Locale.ROOT,
                "%s: median error %.0f%%, largest %.0f%%, %d of %d within %.0f%%",
                what,
                100 * Samples.median(errors),
                100 * errors[errors.length - 1],
                near,
                rows.size(),
                100 * NEAR);
    }

    private static List<String> compared(List<Choice> choices) {
        List<String> lines = new ArrayList<>();
        lines.add("| slots | best of the sweep | the planner's choice | tokens/s of the best | of the choice | share |"
                + " re-planned | share |");
        lines.add("|---|---|---|---|---|---|---|---|");
        for (Choice choice : choices) {
            lines.add(String.format(
                    Locale.ROOT,
                    "| %d | %d | %d | %.2f | %.2f | %.0f%% | %.2f | %.0f%% |",
                    choice.slots(),
                    choice.best(),
                    choice.chosen(),
                    choice.bestTokensPerSecond(),
                    choice.chosenTokensPerSecond(),
                    100 * choice.share(),
                    choice.replannedTokensPerSecond(),
                    100 * choice.replannedShare()));
        }
        return lines;
    }

    /** Which setting was expected to be the best of so many slots, and what share of the really best one it reached. */
    private static String choice(List<Row> rows, int slots) {
        List<Row> same =
                rows.stream().filter(row -> row.setting().slots() == slots).toList();
        Row chosen = same.stream()
                .max(Comparator.comparingDouble(Row::predictedTokensPerSecond))
                .orElseThrow();
        Row best = same.stream()
                .max(Comparator.comparingDouble(Row::tokensPerSecond))
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
