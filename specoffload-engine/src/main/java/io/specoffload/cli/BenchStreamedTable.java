package io.specoffload.cli;

import io.specoffload.bench.StreamedResult;
import io.specoffload.bench.StreamedResult.Row;
import io.specoffload.bench.StreamedResult.Spread;
import io.specoffload.bench.StreamedSettings;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The result of a comparison while weights stream, as text and as JSON. */
final class BenchStreamedTable {

    private static final String COLUMNS = "  %-25s %9s %17s %8s %6s %9s %8s %8s %7s %7s %9s %8s %8s %6s %6s";

    private BenchStreamedTable() {}

    static void print(Map<String, String> machine, StreamedSettings settings, StreamedResult result, PrintWriter out) {
        out.println(result.target());
        machine.forEach((key, value) -> out.println("  " + key + ": " + value));
        line(
                out,
                "  %.2f GB; budget %s, read rate %s, %d + %d tokens%s, %d thread(s), KV cache %s",
                result.targetBytes() / 1e9,
                megabytes(settings.memoryBudget()),
                settings.readRate() == 0
                        ? "not limited"
                        : String.format(Locale.ROOT, "%.2f GB/s (this engine only)", settings.readRate() / 1e9),
                settings.promptLength(),
                settings.outputLength(),
                settings.batch() == 0 ? "" : " of " + settings.batch() + " sequences at once",
                settings.threads(),
                settings.kvType());
        out.println(
                result.withoutGroups() == null
                        ? "  each run in a memory group (version " + result.groupVersion() + ") of "
                                + megabytes(settings.memoryLimit()) + ", page cache included"
                        : "  no memory group could be made: " + result.withoutGroups()
                                + "; the runs had all of the machine's memory, page cache included");
        Spread direct = result.directReads();
        line(
                out,
                "  direct reads %.2f GB/s (%.2f, %.2f), measured %d times, between the runs",
                direct.median() / 1e9,
                direct.low() / 1e9,
                direct.high() / 1e9,
                direct.count());
        result.remarks().forEach(remark -> out.println("  note: " + remark));
        out.println();
        line(
                out,
                COLUMNS,
                "",
                "tokens/s",
                "(from, to)",
                "bound",
                "of it",
                "prompt s",
                "read GB",
                "stream",
                "direct",
                "limit",
                "cached",
                "group",
                "process",
                "accept",
                "same");
        line(out, COLUMNS, "", "", "", "tokens/s", "", "", "", "GB/s", "share", "hits", "MB", "MB", "MB", "", "");
        result.rows().forEach(row -> row(out, row));
        result.rows().forEach(row -> row.failures().forEach(why -> out.println("  " + row.name() + " failed: " + why)));
        result.rows().forEach(row -> checks(out, settings, row));
        out.println();
        result.ratios()
                .forEach(ratio -> out.println("  " + ratio.subject() + " against "
                        + ratio.comparison().peer() + ": " + BenchTable.ratio(ratio.comparison())));
        result.rows().stream()
                .filter(row -> !row.version().isEmpty())
                .forEach(row -> out.println("  " + row.name() + ": " + row.version()));
    }

    /** How near this engine's stream and accounts are to what is measured beside them. */
    private static void checks(PrintWriter out, StreamedSettings settings, Row row) {
        if (Double.isFinite(row.streamRate()) && Double.isFinite(row.directShare())) {
            line(
                    out,
                    "  %s: streamed %.2f GB/s while it read, %s of direct reads right after%s",
                    row.name(),
                    row.streamRate() / 1e9,
                    share(row.directShare()),
                    settings.readRate() == 0
                            ? ""
                            : " and " + share(row.streamRate() / settings.readRate()) + " of the read rate granted");
        }
        if (Double.isFinite(row.accountedMemory()) && Double.isFinite(row.measuredMemory())) {
            line(
                    out,
                    "  %s: accounts for %.1f MB outside of the Java heap, measured %.1f MB without the JVM's: %+.1f%%",
                    row.name(),
                    row.accountedMemory() / 1e6,
                    row.measuredMemory() / 1e6,
                    100 * (row.accountedMemory() / row.measuredMemory() - 1));
        }
    }

    private static void row(PrintWriter out, Row row) {
        Spread rate = row.tokensPerSecond();
        line(
                out,
                COLUMNS,
                row.name(),
                number("%.2f", rate.median(), 1),
                rate.count() == 0 ? "" : String.format(Locale.ROOT, "(%.2f, %.2f)", rate.low(), rate.high()),
                number("%.2f", row.bound(), 1),
                share(row.boundShare()),
                number("%.2f", row.promptSeconds(), 1),
                number("%.2f", row.readBytes(), 1e9),
                number("%.2f", row.streamRate(), 1e9),
                share(row.directShare()),
                number("%.0f", row.limitHits(), 1),
                number("%.1f", row.cachedBytes(), 1e6),
                number("%.0f", row.groupPeak(), 1e6),
                number("%.0f", row.peakMemory(), 1e6),
                share(row.acceptance()),
                share(row.sameOutput()));
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.0f MB", bytes / 1e6);
    }

    @SuppressWarnings("AnnotateFormatMethod") // that annotation is not among the dependencies
    private static String number(String format, double value, double unit) {
        return Double.isNaN(value) || value < 0 ? "" : String.format(Locale.ROOT, format, value / unit);
    }

    private static String share(double share) {
        return Double.isNaN(share) ? "" : String.format(Locale.ROOT, "%.0f%%", 100 * share);
    }

    @SuppressWarnings("AnnotateFormatMethod") // that annotation is not among the dependencies
    private static void line(PrintWriter out, String format, @Nullable Object... values) {
        out.println(String.format(Locale.ROOT, format, values).stripTrailing());
    }

    static Map<String, Object> json(StreamedSettings settings, StreamedResult result) {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("target", result.target().toString());
        report.put("targetBytes", result.targetBytes());
        report.put("draft", settings.draft() == null ? null : settings.draft().toString());
        report.put("memoryBudget", settings.memoryBudget());
        report.put("memoryLimit", settings.memoryLimit());
        report.put("memoryGroup", result.groupVersion() == 0 ? null : "v" + result.groupVersion());
        report.put("noMemoryGroup", result.withoutGroups());
        report.put("readRate", settings.readRate() == 0 ? null : settings.readRate());
        report.put("promptLength", settings.promptLength());
        report.put("outputLength", settings.outputLength());
        report.put("batch", settings.batch());
        report.put("repetitions", settings.repetitions());
        report.put("threads", settings.threads());
        report.put("kvType", settings.kvType());
        report.put("directReadBytesPerSecond", spread(result.directReads()));
        report.put("remarks", result.remarks());
        report.put(
                "rows", result.rows().stream().map(row -> json(settings, row)).toList());
        report.put(
                "ratios", result.ratios().stream().map(BenchStreamedTable::json).toList());
        return report;
    }

    private static Map<String, Object> json(StreamedSettings settings, Row row) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("subject", row.name());
        entry.put("version", row.version());
        entry.put("tokensPerSecond", spread(row.tokensPerSecond()));
        entry.put("bound", BenchTable.number(row.bound()));
        entry.put("shareOfBound", BenchTable.number(row.boundShare()));
        entry.put("promptSeconds", BenchTable.number(row.promptSeconds()));
        entry.put("readBytes", whole(row.readBytes()));
        entry.put("streamBytesPerSecond", whole(row.streamRate()));
        entry.put("shareOfDirectReads", BenchTable.number(row.directShare()));
        entry.put(
                "shareOfReadRate",
                settings.readRate() == 0 ? null : BenchTable.number(row.streamRate() / settings.readRate()));
        entry.put("accountedMemoryBytes", whole(row.accountedMemory()));
        entry.put("measuredMemoryBytes", whole(row.measuredMemory()));
        entry.put("limitHits", whole(row.limitHits()));
        entry.put("kills", row.kills());
        entry.put("cachedBytes", whole(row.cachedBytes()));
        entry.put("groupPeakBytes", whole(row.groupPeak()));
        entry.put("processPeakBytes", whole(row.peakMemory()));
        entry.put("acceptance", BenchTable.number(row.acceptance()));
        entry.put("sameOutput", BenchTable.number(row.sameOutput()));
        entry.put("failures", row.failures());
        return entry;
    }

    private static Map<String, Object> json(StreamedResult.Ratio ratio) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("subject", ratio.subject());
        entry.put("against", ratio.comparison().peer());
        BenchTable.put(entry, ratio.comparison());
        return entry;
    }

    private static Map<String, Object> spread(Spread spread) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("median", BenchTable.number(spread.median()));
        entry.put("low", BenchTable.number(spread.low()));
        entry.put("high", BenchTable.number(spread.high()));
        entry.put("count", spread.count());
        return entry;
    }

    private static @Nullable Long whole(double value) {
        return Double.isFinite(value) && value >= 0 ? (Long) Math.round(value) : null;
    }
}
