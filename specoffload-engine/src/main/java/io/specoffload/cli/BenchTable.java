package io.specoffload.cli;

import io.specoffload.bench.BenchResult;
import io.specoffload.bench.BenchSettings;
import io.specoffload.bench.Comparison;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A benchmark's result as text and as JSON. */
final class BenchTable {

    private BenchTable() {}

    static void print(Map<String, String> machine, BenchSettings settings, BenchResult result, PrintWriter out) {
        out.println(settings.target());
        machine.forEach((key, value) -> out.println("  " + key + ": " + value));
        for (BenchResult.Table table : result.tables()) {
            out.println();
            line(
                    out,
                    "%d thread(s): memory %.1f GB/s, multiply-add %.1f GFLOP/s",
                    table.threads(),
                    table.bandwidth() / 1e9,
                    table.flops() / 1e9);
            table.sameGreedyToken()
                    .forEach((name, same) -> out.println("  " + name + ": "
                            + (same ? "same greedy token" : "another greedy token: not the same computation?")));
            line(
                    out,
                    "  %-8s %5s %10s %21s %8s %5s %8s %5s  %s",
                    "",
                    "n",
                    "tokens/s",
                    "(from, to)",
                    "GFLOP/s",
                    "",
                    "GB/s",
                    "",
                    "");
            table.rows().forEach(row -> row(out, table, row));
            table.peerPeakMemory()
                    .forEach((name, bytes) -> line(out, "  peak memory of %s: %d MiB", name, bytes >> 20));
        }
        for (BenchResult.Speculation speculation : result.speculation()) {
            out.println();
            line(
                    out,
                    "generation, %d thread(s), at most %d candidates, as many as the engine chooses: %.2f tokens/s"
                            + " (%.1f drafted per token, %.0f%% of them accepted)",
                    speculation.threads(),
                    settings.candidates(),
                    speculation.chosen(),
                    speculation.drafted(),
                    100 * speculation.acceptance());
            for (BenchResult.FixedCandidates fixed : speculation.fixed()) {
                line(
                        out,
                        "  always %d: %.2f tokens/s%s; the choice against it: %s",
                        fixed.candidates(),
                        fixed.tokensPerSecond(),
                        fixed.equals(speculation.best()) ? ", the best of these" : "",
                        ratio(fixed.chosen()));
            }
        }
        out.println();
        line(
                out,
                "load to first token: %.2f s cold, %.2f s after warm-up",
                result.firstToken().cold(),
                result.firstToken().warm());
        BenchResult.PeerFirstToken peer = result.firstToken().peer();
        if (peer != null) {
            line(
                    out,
                    "  %s: %.2f s, ours after warm-up is %s",
                    peer.comparison().peer(),
                    peer.seconds(),
                    ratio(peer.comparison()));
        }
        line(
                out,
                "resident memory: peak %d MiB, now %d MiB",
                result.memory().peak() >> 20,
                result.memory().now() >> 20);
    }

    private static void row(PrintWriter out, BenchResult.Table table, BenchResult.Row row) {
        Comparison comparison = row.comparison();
        line(
                out,
                "  %-8s %5d %10.2f %21s %8.1f %5s %8s %5s  %s",
                row.operation().name().toLowerCase(Locale.ROOT),
                row.n(),
                row.tokensPerSecond(),
                String.format(Locale.ROOT, "(%.2f, %.2f)", row.slowest(), row.fastest()),
                row.achievedFlops() / 1e9,
                share(row.achievedFlops() / table.flops()),
                Double.isNaN(row.achievedBandwidth())
                        ? ""
                        : String.format(Locale.ROOT, "%.1f", row.achievedBandwidth() / 1e9),
                share(row.achievedBandwidth() / table.bandwidth()),
                comparison == null ? row.subject() : row.subject() + ": ours is " + ratio(comparison));
    }

    private static String share(double share) {
        return Double.isNaN(share) ? "" : String.format(Locale.ROOT, "%.0f%%", 100 * share);
    }

    static String ratio(Comparison comparison) {
        return String.format(
                Locale.ROOT,
                "%.2fx [%.2f, %.2f] of %d pairs%s",
                comparison.ratio(),
                comparison.low(),
                comparison.high(),
                comparison.pairs(),
                comparison.resolvable() ? "" : ", not resolvable here");
    }

    @SuppressWarnings("AnnotateFormatMethod") // that annotation is not among the dependencies
    private static void line(PrintWriter out, String format, @Nullable Object... values) {
        out.println(String.format(Locale.ROOT, format, values).stripTrailing());
    }

    static Map<String, Object> json(BenchSettings settings, BenchResult result) {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("target", settings.target().toString());
        report.put("repetitions", settings.repetitions());
        report.put("depth", settings.depth());
        List<Object> tables = new ArrayList<>();
        for (BenchResult.Table table : result.tables()) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("threads", table.threads());
            entry.put("bandwidth", number(table.bandwidth()));
            entry.put("flops", number(table.flops()));
            entry.put("rows", table.rows().stream().map(row -> json(table, row)).toList());
            entry.put("peerPeakMemory", table.peerPeakMemory());
            entry.put("sameGreedyToken", table.sameGreedyToken());
            tables.add(entry);
        }
        report.put("tables", tables);
        report.put("speculation", result.speculation());
        report.put("firstTokenSeconds", json(result.firstToken()));
        report.put("residentBytes", result.memory());
        return report;
    }

    private static Map<String, Object> json(BenchResult.FirstToken firstToken) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("cold", firstToken.cold());
        entry.put("warm", firstToken.warm());
        BenchResult.PeerFirstToken peer = firstToken.peer();
        if (peer != null) {
            entry.put("peer", peer.seconds());
            put(entry, peer.comparison());
        }
        return entry;
    }

    private static Map<String, Object> json(BenchResult.Table table, BenchResult.Row row) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("subject", row.subject());
        entry.put("operation", row.operation().name().toLowerCase(Locale.ROOT));
        entry.put("n", row.n());
        entry.put("tokensPerSecond", number(row.tokensPerSecond()));
        entry.put("slowest", number(row.slowest()));
        entry.put("fastest", number(row.fastest()));
        entry.put("flops", number(row.achievedFlops()));
        entry.put("shareOfFlops", number(row.achievedFlops() / table.flops()));
        entry.put("bandwidth", number(row.achievedBandwidth()));
        entry.put("shareOfBandwidth", number(row.achievedBandwidth() / table.bandwidth()));
        Comparison comparison = row.comparison();
        if (comparison != null) {
            put(entry, comparison);
        }
        return entry;
    }

    static void put(Map<String, Object> entry, Comparison comparison) {
        entry.put("ratio", number(comparison.ratio()));
        entry.put("interval", java.util.Arrays.asList(number(comparison.low()), number(comparison.high())));
        entry.put("pairs", comparison.pairs());
        entry.put("resolvable", comparison.resolvable());
    }

    /** JSON has no NaN. */
    static @Nullable Double number(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
