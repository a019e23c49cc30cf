package io.specoffload.cli;

import io.specoffload.bench.MemoryAudit;
import io.specoffload.engine.SpecOffloadEngine;
import io.specoffload.telemetry.ExpertGuesses;
import io.specoffload.telemetry.StallCause;
import io.specoffload.telemetry.StreamCounters;
import io.specoffload.telemetry.StreamMonitor;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What was streamed, what it was waited for, and the memory that was taken: part of a command's statistics. */
final class StreamReport {

    private StreamReport() {}

    static Map<String, Object> of(SpecOffloadEngine engine) {
        StreamMonitor monitor = engine.streaming().orElse(null);
        Map<String, Object> stats = new LinkedHashMap<>();
        long bytes = monitor == null ? 0 : monitor.counters().physicalBytes();
        stats.put("streamedBytes", Map.of("disk", bytes, "h2d", 0));
        Map<String, Object> peak = new LinkedHashMap<>();
        // outside of the Java heap: nothing of it is given back, but for buffers that serve loading
        peak.put("host", accounted(engine) + engine.memory().items().getOrDefault("loading buffers", 0L));
        peak.put("device", 0);
        stats.put("peakBytes", peak);
        stats.put("memory", engine.memory().items());
        stats.put("memoryBudget", engine.memory().budget());
        stats.put("memoryCheck", memoryCheck(engine));
        stats.put("bindingResource", monitor == null ? null : monitor.bindingResource());
        if (monitor != null) {
            stats.put("streaming", streaming(monitor));
        }
        return stats;
    }

    private static long accounted(SpecOffloadEngine engine) {
        return engine.nativeMemory().values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    /** What the engine accounts for beside what is measured; null where the system does not tell. */
    private static @Nullable Map<String, Object> memoryCheck(SpecOffloadEngine engine) {
        MemoryAudit audit = MemoryAudit.take();
        if (audit == null) {
            return null;
        }
        long accounted = accounted(engine);
        Map<String, Object> jvm = new LinkedHashMap<>();
        jvm.put("heap", audit.heap());
        jvm.put("metaspace", audit.metaspace());
        jvm.put("code", audit.code());
        jvm.put("stacks", audit.stacks());
        jvm.put("files", audit.files());
        jvm.put("cHeap", audit.cHeap());
        Map<String, Object> check = new LinkedHashMap<>();
        check.put("accounted", engine.nativeMemory());
        check.put("accountedBytes", accounted);
        check.put("anonymousBytes", audit.anonymous());
        check.put("jvm", jvm);
        check.put("jvmBytes", audit.jvm());
        check.put("measuredBytes", audit.engine());
        check.put("difference", Math.round(audit.difference(accounted) * 1e4) / 1e4);
        return check;
    }

    private static Map<String, Object> streaming(StreamMonitor monitor) {
        StreamCounters counters = monitor.counters();
        double reading = counters.busyNanos(System.nanoTime()) / 1e9;
        Map<String, Object> stalls = new LinkedHashMap<>();
        for (StallCause cause : StallCause.values()) {
            stalls.put(camelCase(cause.name()), round(counters.stallNanos(cause) / 1e9));
        }
        Map<String, Object> streaming = new LinkedHashMap<>();
        streaming.put("sweeps", counters.sweeps());
        streaming.put("bytesPerSweep", monitor.bytesPerSweep());
        streaming.put("usefulBytes", counters.usefulBytes());
        streaming.put("stagingBytes", monitor.readAheadBytes());
        streaming.put("readSeconds", round(reading));
        streaming.put("stallSeconds", stalls);
        streaming.put("expertHits", counters.expertHits());
        streaming.put("expertMisses", counters.expertMisses());
        if (monitor.guesses().rows() > 0) {
            streaming.put("expertGuesses", guesses(monitor.guesses(), counters));
        }
        double rate = reading == 0 ? 0 : counters.physicalBytes() / reading;
        double direct = monitor.measureDirectReads();
        streaming.put("bytesPerSecond", Math.round(rate));
        streaming.put("directReadBytesPerSecond", Math.round(direct));
        streaming.put("shareOfDirectReads", direct == 0 ? null : round(rate / direct));
        return streaming;
    }

    /** Of a model with experts, while they are read as needed. */
    private static Map<String, Object> guesses(ExpertGuesses guesses, StreamCounters counters) {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("guessed", counters.expertGuesses());
        report.put("right", counters.expertGuessesRight());
        report.put("bytesInTime", counters.bytesInTime());
        report.put("bytesInVain", counters.bytesInVain());
        report.put("on", guesses.on());
        report.put("trial", guesses.trial());
        report.put("passSecondsWith", known(guesses.secondsWith()));
        report.put("passSecondsWithout", known(guesses.secondsWithout()));
        report.put("reason", guesses.reason());
        return report;
    }

    private static @Nullable Double known(double value) {
        return Double.isFinite(value) ? (Double) (Math.round(value * 1e6) / 1e6) : null;
    }

    private static String camelCase(String name) {
        StringBuilder camel = new StringBuilder();
        for (String word : name.toLowerCase(Locale.ROOT).split("_")) {
            camel.append(camel.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        }
        return camel.toString();
    }

    private static double round(double value) {
        return Math.round(value * 1000) / 1000.0;
    }
}
