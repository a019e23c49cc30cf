package io.specoffload.bench;

import io.specoffload.engine.EngineConfig;
import io.specoffload.engine.Generation;
import io.specoffload.engine.GenerationListener;
import io.specoffload.engine.GenerationRequest;
import io.specoffload.engine.Prompt;
import io.specoffload.engine.SpecOffloadEngine;
import io.specoffload.telemetry.RoundRecord;
import io.specoffload.telemetry.StreamMonitor;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How long the rounds of a configuration take. Every round counts in which all slots decode; those before the compilers are
 * done, those with prompts and those after the first sequence has ended do not.
 */
final class RoundTimes {

    /** Tokens of each sequence's prompt. */
    static final int PROMPT = 16;

    /** Rounds in which caches and prefetch get into step. */
    private static final int FIRST = 4;

    /** Of the disk, each a part of a second. */
    private static final int PROBES = 3;

    private RoundTimes() {}

    /**
     * Which rounds count, by the tokens that all sequences had got before them: runs of the same sequences are compared over the same tokens, so that none
     * has more luck with them.
     *
     * @param from tokens before the first round that counts
     * @param to tokens behind the last one
     */
    record Window(long from, long to) {

        /** All rounds. */
        static final Window ALL = new Window(0, Long.MAX_VALUE);
    }

    /**
     * What was measured.
     *
     * @param roundSeconds median
     * @param tokensPerSecond over all of them
     * @param tokensPerRound over all of them
     * @param rounds that counted
     * @param processors that the process had meanwhile, on average
     * @param directBytesPerSecond what the disk gave to plain direct reads of the streamed weights right before and right
     *     after; 0 where nothing streams, at a fixed rate, or in a window
     */
    record Measured(
            double roundSeconds,
            double tokensPerSecond,
            double tokensPerRound,
            int rounds,
            double processors,
            double directBytesPerSecond) {}

    /**
     * Fills all slots, and lets them decode until the first sequence ends.
     *
     * @param output tokens of each sequence
     */
    static Measured measure(EngineConfig config, int output, Window window) {
        try (SpecOffloadEngine engine = SpecOffloadEngine.open(config)) {
            BenchTokens prompt = new BenchTokens(engine.info().target().vocabulary());
            // runs that are compared with each other, and not with a prediction, do not want to know
            boolean reads = config.offload().readRate() == 0 && window.equals(Window.ALL);
            double before = reads ? directReads(engine) : 0;
            List<Generation> running = new ArrayList<>();
            long start = System.nanoTime();
            long processorStart = processorNanos();
            for (int i = 0; i < config.slots(); i++) {
                running.add(engine.submit(
                        GenerationRequest.builder(new Prompt.Tokens(prompt.range(i * PROMPT, PROMPT)))
                                .maxTokens(output)
                                .ignoreEos(true)
                                .build(),
                        new GenerationListener() {}));
            }
            running.getFirst().result().join();
            double processors = (double) (processorNanos() - processorStart) / (System.nanoTime() - start);
            long tokens = engine.statistics().completionTokens();
            List<RoundRecord> latest = engine.pipeline().latest();
            running.forEach(Generation::cancel);
            running.forEach(generation ->
                    generation.result().exceptionally(cancelled -> null).join());
            double after = reads ? directReads(engine) : 0;
            return measured(
                    within(window, tokens, latest, steady(latest, config.slots())), processors, (before + after) / 2);
        }
    }

    /**
     * Bytes per second of the engine's own streamed weights, read as it reads them while it does nothing else; 0 if none
     * stream. Another file, or other parts of this one, would be another question: a host may keep what is read again and
     * again.
     */
    private static double directReads(SpecOffloadEngine engine) {
        StreamMonitor monitor = engine.streaming().orElse(null);
        return monitor == null
                ? 0
                : IntStream.range(0, PROBES)
                        .mapToDouble(i -> monitor.measureDirectReads())
                        .average()
                        .orElseThrow();
    }

    /** Processor time of this process; 0 where the JVM cannot tell. */
    private static long processorNanos() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getProcessCpuTime()
                : 0;
    }

    /** The last rounds in a row in which every sequence decoded, without the first ones. */
    private static List<RoundRecord> steady(List<RoundRecord> all, int slots) {
        List<RoundRecord> steady = new ArrayList<>();
        for (RoundRecord round : all) {
            if (round.verify().isEmpty()) {
                steady.add(round);
            } else if (round.promptRows() > 0) {
                steady.clear();
            } else if (round.verifiedSequences() == slots) {
                steady.add(round);
            } else if (verifications(steady).isEmpty()) {
                // the others are still to be admitted
                steady.clear();
            } else {
                break;
            }
        }
        return steady.subList(Math.min(steady.size(), FIRST), steady.size());
    }

    /**
     * The steady rounds in a window.
     *
     * @param total tokens behind the latest round
     * @param latest rounds; the first ones may be forgotten
     */
    private static List<RoundRecord> within(
            Window window, long total, List<RoundRecord> latest, List<RoundRecord> steady) {
        if (window.equals(Window.ALL)) {
            return steady;
        }
        long first = steady.getFirst().round();
        long tokens = total
                - latest.stream()
                        .filter(round -> round.round() >= first)
                        .mapToLong(RoundRecord::tokens)
                        .sum();
        if (tokens > window.from()) {
            throw new IllegalStateException("more rounds than are remembered: measure fewer");
        }
        List<RoundRecord> within = new ArrayList<>();
        for (RoundRecord round : steady) {
            if (tokens >= window.from() && tokens < window.to()) {
                within.add(round);
            }
            tokens += round.tokens();
        }
        if (tokens < window.to()) {
            throw new IllegalStateException("a sequence ended after " + tokens + " tokens of all, before " + window.to()
                    + ": others had more luck");
        }
        return within;
    }

    private static List<RoundRecord> verifications(List<RoundRecord> rounds) {
        return rounds.stream().filter(round -> !round.verify().isEmpty()).toList();
    }

    private static Measured measured(List<RoundRecord> steady, double processors, double directBytesPerSecond) {
        // from one verification to the next: a round begins where the last one ended
        List<RoundRecord> verifications = verifications(steady);
        if (verifications.size() < 3) {
            throw new IllegalStateException("only " + verifications.size() + " rounds could be measured");
        }
        int count = verifications.size() - 1;
        double[] seconds = new double[count];
        long tokens = 0;
        for (int i = 0; i < count; i++) {
            long from = verifications.get(i).verify().end();
            long to = verifications.get(i + 1).verify().end();
            seconds[i] = (to - from) / 1e9;
            tokens += verifications.get(i + 1).tokens();
        }
        double all = (verifications.getLast().verify().end()
                        - verifications.getFirst().verify().end())
                / 1e9;
        return new Measured(
                Samples.median(seconds),
                tokens / all,
                (double) tokens / count,
                count,
                processors,
                directBytesPerSecond);
    }
}
