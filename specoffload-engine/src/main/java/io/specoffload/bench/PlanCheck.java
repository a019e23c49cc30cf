package io.specoffload.bench;

import io.specoffload.engine.EngineConfig;
import io.specoffload.engine.EnginePlanner;
import io.specoffload.engine.Generation;
import io.specoffload.engine.GenerationListener;
import io.specoffload.engine.GenerationRequest;
import io.specoffload.engine.Planning;
import io.specoffload.engine.Prompt;
import io.specoffload.engine.SpecOffloadEngine;
import io.specoffload.hardware.HardwareProfile;
import io.specoffload.plan.Demand;
import io.specoffload.plan.ExpectedTokens;
import io.specoffload.plan.Prediction;
import io.specoffload.telemetry.RoundRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Runs settings and compares the time of their rounds with what was predicted. Every round counts in which all slots
 * decode; those before the compilers are done, those with prompts and those after the first sequence has ended do not.
 */
public final class PlanCheck {

    private static final int PROMPT = 16;
    private static final Duration WARM_UP = Duration.ofSeconds(4);

    private final EngineConfig base;
    private final HardwareProfile hardware;
    private final double acceptance;
    private final int rounds;
    private final Consumer<String> progress;

    /**
     * A check.
     *
     * @param base models, memory and threads
     * @param hardware that predictions are made from
     * @param acceptance of the pair of models
     * @param rounds verifications to measure of every setting
     * @param progress told what is being measured
     */
    public PlanCheck(
            EngineConfig base, HardwareProfile hardware, double acceptance, int rounds, Consumer<String> progress) {
        this.base = base;
        this.hardware = hardware;
        this.acceptance = acceptance;
        this.rounds = rounds;
        this.progress = progress;
    }

    /**
     * A setting to run.
     *
     * @param slots sequences at once
     * @param candidates of each, always
     */
    public record Case(int slots, int candidates) {

        /**
         * Reads {@code SLOTSxCANDIDATES}, for example {@code 4x2}.
         *
         * @throws IllegalArgumentException if it is something else
         */
        public static Case parse(String text) {
            String[] parts = text.split("x", 2);
            try {
                return new Case(Integer.parseInt(parts[0].strip()), Integer.parseInt(parts[1].strip()));
            } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
                throw new IllegalArgumentException(text + " is no setting: write SLOTSxCANDIDATES, for example 4x2", e);
            }
        }
    }

    /**
     * A setting, predicted and measured.
     *
     * @param setting what ran
     * @param prediction what was expected
     * @param roundSeconds measured
     * @param tokensPerSecond measured
     * @param measuredRounds verifications that counted
     */
    public record Row(
            Case setting, Prediction prediction, double roundSeconds, double tokensPerSecond, int measuredRounds) {

        /** Predicted over measured time of a round. */
        public double roundRatio() {
            return prediction.roundSeconds() / roundSeconds;
        }

        /** Predicted over measured tokens per second. */
        public double tokensRatio() {
            return prediction.tokensPerSecond() / tokensPerSecond;
        }
    }

    /** Runs the settings one after the other. */
    public List<Row> run(List<Case> cases) {
        List<Row> rows = new ArrayList<>();
        for (Case one : cases) {
            progress.accept(one.slots() + " slots, " + one.candidates() + " candidates");
            rows.add(run(one));
        }
        return rows;
    }

    private Row run(Case one) {
        double tokens = ExpectedTokens.independent(acceptance, one.candidates());
        int output = (int) Math.ceil(1.4 * rounds * tokens);
        Demand demand =
                new Demand(0, 2 * PROMPT + output, one.slots(), acceptance, Demand.Objective.THROUGHPUT, null, null);
        EngineConfig config = base.toBuilder()
                .draftModel(one.candidates() == 0 ? null : base.draftModel())
                .contextLength(PROMPT + output)
                .slots(one.slots())
                .queueCapacity(one.slots())
                .candidates(one.candidates())
                .adaptiveCandidates(false)
                .groups(EngineConfig.Groups.ONE)
                .warmUp(WARM_UP)
                .planning(new Planning(hardware, demand, Set.of()))
                .build();
        Prediction prediction = EnginePlanner.plan(config)
                .orElseThrow(() -> new IllegalStateException("no plan for " + one))
                .report()
                .best();
        try (SpecOffloadEngine engine = SpecOffloadEngine.open(config)) {
            BenchTokens prompt = new BenchTokens(engine.info().target().vocabulary());
            List<Generation> running = new ArrayList<>();
            for (int i = 0; i < one.slots(); i++) {
                running.add(engine.submit(
                        GenerationRequest.builder(new Prompt.Tokens(prompt.range(i * PROMPT, PROMPT)))
                                .maxTokens(output)
                                .ignoreEos(true)
                                .build(),
                        new GenerationListener() {}));
            }
            running.getFirst().result().join();
            List<RoundRecord> latest = engine.pipeline().latest();
            running.forEach(generation -> generation.cancel());
            return measured(one, prediction, steady(latest, one.slots()));
        }
    }

    /** The last rounds in a row in which every sequence decoded, without the first few. */
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
        return steady.subList(Math.min(steady.size(), 4), steady.size());
    }

    private static List<RoundRecord> verifications(List<RoundRecord> rounds) {
        return rounds.stream().filter(round -> !round.verify().isEmpty()).toList();
    }

    private static Row measured(Case one, Prediction prediction, List<RoundRecord> steady) {
        // from one verification to the next: a round begins where the last one ended
        List<RoundRecord> verifications = verifications(steady);
        if (verifications.size() < 3) {
            throw new IllegalStateException(
                    "only " + verifications.size() + " rounds of " + one + " could be measured");
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
        return new Row(one, prediction, Samples.median(seconds), tokens / all, count);
    }
}
