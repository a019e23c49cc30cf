package io.specoffload.cli;

import io.specoffload.engine.EnginePlan;
import io.specoffload.plan.PlanReport;
import io.specoffload.plan.Prediction;
import io.specoffload.plan.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A plan for people. */
record PlanText(EnginePlan plan) {

    String text() {
        PlanReport report = plan.report();
        Prediction best = report.best();
        List<String> lines = new ArrayList<>();
        lines.add("plan      " + words(best.setting(), best.streams())
                + (plan.config().draftModel() == null || plan.loadsDraftModel() ? "" : ", without the draft model"));
        lines.add(String.format(
                Locale.ROOT,
                "expected  %.2f tokens/s over all sequences, %.3f s per token of one, %.2f tokens a round of %.3f s",
                best.tokensPerSecond(),
                best.secondsPerToken(),
                best.tokensPerRound(),
                best.roundSeconds()));
        lines.add(String.format(
                Locale.ROOT,
                "a round   reads %.1f MB in %.3f s, computes %.3f s, drafts %.3f s; bound by %s",
                best.streamedBytes() / 1e6,
                best.diskSeconds(),
                best.computeSeconds(),
                best.draftSeconds(),
                best.binding().name().toLowerCase(Locale.ROOT).replace('_', ' ')));
        lines.add("memory    " + memory());
        report.runnersUp().forEach(other -> lines.add("not       " + other.reason()));
        lines.add(String.format(
                Locale.ROOT,
                "searched  %d settings by %d predictions in %.0f ms; %d of these do not fit into memory",
                report.settings(),
                report.tried(),
                plan.searchSeconds() * 1000,
                report.tooLarge()));
        return String.join(System.lineSeparator(), lines);
    }

    private String memory() {
        String items = plan.memory().items().entrySet().stream()
                .filter(item -> item.getValue() > 0)
                .map(item -> item.getKey() + " " + mebibytes(item.getValue()))
                .collect(Collectors.joining(", "));
        return items + "; together " + mebibytes(plan.memory().totalBytes()) + " of "
                + mebibytes(plan.memory().budget());
    }

    private static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
    }

    private static String words(Setting setting, boolean streams) {
        return setting.slots() + " slots in " + setting.groups() + (setting.groups() == 1 ? " group, " : " groups, ")
                + setting.candidates() + " candidates, " + setting.prefillChunk() + " prompt rows per pass, "
                + setting.kvType().name().toLowerCase(Locale.ROOT) + " cache"
                + (streams ? ", " + setting.stagingBytes() / (1 << 20) + " MiB of staging" : ", everything in memory");
    }
}
