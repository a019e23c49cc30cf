package io.specoffload.cli;

import io.specoffload.engine.GenerationResult.Usage;
import io.specoffload.engine.SpecOffloadEngine;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Counts over the generations of one run, and the figures that commands report of them. Not thread-safe. */
final class RunStatistics {

    private long completionTokens;
    private long promptTokens;
    private long rounds;
    private long drafted;
    private long accepted;

    void add(Usage usage) {
        promptTokens += usage.promptTokens();
        completionTokens += usage.completionTokens();
        rounds += usage.rounds();
        drafted += usage.drafted();
        accepted += usage.accepted();
    }

    long promptTokens() {
        return promptTokens;
    }

    long completionTokens() {
        return completionTokens;
    }

    /** Throughput over {@code seconds}, counts of speculation, traffic and memory. */
    Map<String, Object> report(double seconds, SpecOffloadEngine engine) {
        Map<String, Object> stats = new LinkedHashMap<>();
        stats.put("usefulTokensPerSecond", rate(completionTokens, seconds));
        // what the target decided, whether it was needed or not
        stats.put("rawTokensPerSecond", rate(rounds + accepted, seconds));
        stats.put("rounds", rounds);
        stats.put("drafted", drafted);
        stats.put("accepted", accepted);
        stats.putAll(StreamReport.of(engine));
        return stats;
    }

    /** One generation's token counts. */
    static Map<String, Object> counts(Usage usage) {
        Map<String, Object> counts = new LinkedHashMap<>();
        counts.put("promptTokens", usage.promptTokens());
        counts.put("completionTokens", usage.completionTokens());
        return counts;
    }

    static @Nullable Double rate(long tokens, double seconds) {
        return tokens <= 0 || seconds <= 0 ? null : Math.round(tokens / seconds * 100) / 100.0;
    }
}
