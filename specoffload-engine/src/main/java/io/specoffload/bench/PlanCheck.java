package io.specoffload.bench;

import io.specoffload.engine.EngineConfig;
import io.specoffload.engine.EnginePlan;
import io.specoffload.engine.EnginePlanner;
import io.specoffload.engine.Planning;
import io.specoffload.engine.Planning.Knob;
import io.specoffload.hardware.DiskSpec;
import io.specoffload.hardware.HardwareProfile;
import io.specoffload.plan.Demand;
import io.specoffload.plan.ExpectedTokens;
import io.specoffload.plan.Prediction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Runs settings and compares the time of their rounds with what was predicted, and the planner's choice with the best. */
public final class PlanCheck {

    /** Until the compilers are done. */
    public static final Duration WARM_UP = Duration.ofSeconds(4);

    /** Verifications of a sequence each, below which luck with candidates decides about tokens. */
    private static final int LEAST_VERIFICATIONS = 64;

    /** Quick rounds are measured for so many seconds, so that neither luck nor a moment of the machine decides. */
    private static final double QUICK_SECONDS = 5;

    /** But no more rounds than are remembered. */
    private static final int MOST_ROUNDS = 110;

    /** Times that a setting is measured while the machine changes. */
    private static final int ATTEMPTS = 3;

    /** A machine that promises so many times as much afterwards, or before, has changed. */
    private static final double CHANGED = 1.1;

    /** A sequence may be luckier than that by so much before others have had their rounds. */
    private static final double LUCK = 1.4;

    /** The same where all sequences' tokens are counted together. */
    private static final double LUCK_OF_ONE = 1.25;

    /** Rounds after which re-planning has had its time. */
    private static final int REPLANNED = 20;

    /** Rounds that an engine begins with the most candidates, before it chooses. */
    private static final int FIRST_ROUNDS = 4;

    private final EngineConfig base;
    private final Supplier<HardwareProfile> hardware;
    private final double acceptance;
    private final int rounds;
    private final Consumer<String> progress;

    /**
     * A check.
     *
     * @param base models, memory, threads and the longest warm-up
     * @param hardware that predictions are made from; asked before and after each setting, so that it may be measured anew
     * @param acceptance of the pair of models
     * @param rounds verifications to measure of every setting, more where luck would decide
     * @param progress told what is being measured
     */
    public PlanCheck(
            EngineConfig base,
            Supplier<HardwareProfile> hardware,
            double acceptance,
            int rounds,
            Consumer<String> progress) {
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
     * @param prediction what was expected of the machine as it was right before; where weights stream at the disk's own rate, of
     *     the rate of plain direct reads of the same weights right before and after
     * @param later the same of the machine as it was right after
     * @param roundSeconds measured
     * @param tokensPerSecond measured
     * @param tokensPerRound measured
     * @param measuredRounds verifications that counted
     * @param processors that the process had while it ran, on average
     */
    public record Row(
            Case setting,
            Prediction prediction,
            Prediction later,
            double roundSeconds,
            double tokensPerSecond,
            double tokensPerRound,
            int measuredRounds,
            double processors) {

        /** Whether the machine was the same before and after. */
        public boolean isSteady() {
            double ratio = prediction.roundSeconds() / later.roundSeconds();
            return ratio < CHANGED && 1 / ratio < CHANGED;
        }

        /** The mean of both predictions. */
        public double predictedRoundSeconds() {
            return Math.sqrt(prediction.roundSeconds() * later.roundSeconds());
        }

        /** The mean of both predictions. */
        public double predictedTokensPerSecond() {
            return Math.sqrt(prediction.tokensPerSecond() * later.tokensPerSecond());
        }

        /** Predicted over measured time of a round. */
        public double roundRatio() {
            return predictedRoundSeconds() / roundSeconds;
        }

        /** Predicted over measured tokens per second. */
        public double tokensRatio() {
            return predictedTokensPerSecond() / tokensPerSecond;
        }
    }

    /**
     * The planner's choice beside the best setting that was swept; each was measured again, one after the other in turns.
     *
     * @param slots sequences at once
     * @param chosen candidates that the planner chose
     * @param best candidates of the best setting
     * @param bestTokensPerSecond of the best setting, median of its runs
     * @param chosenTokensPerSecond of the choice as it is
     * @param share what the choice reaches of the best: the median of neighbouring runs' ratios
     * @param replannedTokensPerSecond of the choice after {@value #REPLANNED} rounds and more in which it might re-plan itself
     * @param replannedShare what that reaches of the best, as a median too
     */
    public record Choice(
            int slots,
            int chosen,
            int best,
            double bestTokensPerSecond,
            double chosenTokensPerSecond,
            double share,
            double replannedTokensPerSecond,
            double replannedShare) {}

    /** Runs the settings one after the other. */
    public List<Row> run(List<Case> cases) {
        List<Row> rows = new ArrayList<>();
        for (Case one : cases) {
            progress.accept(one.slots() + " slots, " + one.candidates() + " candidates");
            Row row = run(one);
            rows.add(row);
            progress.accept(String.format(
                    Locale.ROOT,
                    "a round took %.4f s, predicted %.4f s; %.2f tokens/s, predicted %.2f",
                    row.roundSeconds(),
                    row.predictedRoundSeconds(),
                    row.tokensPerSecond(),
                    row.predictedTokensPerSecond()));
        }
        return rows;
    }

    /**
     * For each number of slots of a sweep, lets the planner choose, and measures its choice and the best setting of the sweep
     * in turns.
     *
     * @param swept at least one setting of every number of slots
     * @param repetitions of every run
     */
    public List<Choice> choices(List<Row> swept, int repetitions) {
        List<Choice> choices = new ArrayList<>();
        for (int slots :
                swept.stream().map(row -> row.setting().slots()).distinct().toList()) {
            Case best = swept.stream()
                    .filter(row -> row.setting().slots() == slots)
                    .max(Comparator.comparingDouble(Row::tokensPerSecond))
                    .orElseThrow()
                    .setting();
            choices.add(choice(best, repetitions));
        }
        return choices;
    }

    private Choice choice(Case best, int repetitions) {
        int slots = best.slots();
        EnginePlan plan = plan(
                open(slots),
                output(best, verifications(best)),
                hardware.get(),
                Set.of(Knob.CANDIDATES, Knob.DRAFT_MODEL));
        Case chosen = new Case(slots, plan.report().best().setting().candidates());
        Case most = new Case(slots, plan.config().candidates());
        double ahead = FIRST_ROUNDS * Math.max(0, tokens(most) - tokens(best));
        long from = (long) Math.ceil(slots * (REPLANNED * tokens(best) + ahead));
        RoundTimes.Window window =
                new RoundTimes.Window(from, from + (long) Math.ceil(slots * verifications(most) * tokens(best)));
        int output = (int) Math.ceil(LUCK_OF_ONE * window.to() / slots);
        double[] bestSpeeds = new double[repetitions];
        double[] chosenSpeeds = new double[repetitions];
        double[] replannedSpeeds = new double[repetitions];
        for (int i = 0; i < repetitions; i++) {
            progress.accept(
                    slots + " slots: the best of the sweep, " + best.candidates() + " candidates, run " + (i + 1));
            bestSpeeds[i] = measure(fixed(best), output, window).tokensPerSecond();
            progress.accept(slots + " slots: the planner's " + chosen.candidates() + " candidates");
            chosenSpeeds[i] = chosen.equals(best)
                    ? bestSpeeds[i]
                    : measure(fixed(chosen), output, window).tokensPerSecond();
            progress.accept(slots + " slots: the planner's plan, re-planned");
            replannedSpeeds[i] = measure(plan.config(), output, window).tokensPerSecond();
            progress.accept(String.format(
                    Locale.ROOT,
                    "tokens/s: best %.2f, chosen %.2f, re-planned %.2f",
                    bestSpeeds[i],
                    chosenSpeeds[i],
                    replannedSpeeds[i]));
        }
        return new Choice(
                slots,
                chosen.candidates(),
                best.candidates(),
                Samples.median(bestSpeeds),
                Samples.median(chosenSpeeds),
                share(chosenSpeeds, bestSpeeds),
                Samples.median(replannedSpeeds),
                share(replannedSpeeds, bestSpeeds));
    }

    private static double share(double[] speeds, double[] best) {
        return Samples.median(IntStream.range(0, best.length)
                .mapToDouble(i -> speeds[i] / best[i])
                .toArray());
    }

    /** A machine that others use too may be another one afterwards: then the row says nothing, and is measured again. */
    private Row run(Case one) {
        Row row = measured(one);
        for (int attempt = 1; attempt < ATTEMPTS && !row.isSteady(); attempt++) {
            progress.accept("the machine changed meanwhile: once more");
            row = measured(one);
        }
        return row;
    }

    private Row measured(Case one) {
        EngineConfig config = fixed(one);
        HardwareProfile machine = hardware.get();
        double expected =
                predict(config, output(one, verifications(one)), machine).roundSeconds();
        int quick = (int) Math.min(MOST_ROUNDS, QUICK_SECONDS / expected);
        int output = output(one, Math.max(quick, verifications(one)));
        RoundTimes.Measured measured = measure(config, output, RoundTimes.Window.ALL);
        double rate = measured.directBytesPerSecond();
        return row(
                one,
                predict(config, output, at(machine, rate)),
                predict(config, output, at(hardware.get(), rate)),
                measured);
    }

    /** A machine with the disk as it was: how fast that is by itself at the time is no question of the plan. */
    private static HardwareProfile at(HardwareProfile machine, double rate) {
        DiskSpec disk = machine.disk();
        return disk == null || rate == 0 ? machine : machine.withDisk(disk.withSustained(rate));
    }

    private Prediction predict(EngineConfig config, int output, HardwareProfile machine) {
        return plan(config, output, machine, Set.of()).report().best();
    }

    private static Row row(Case one, Prediction prediction, Prediction later, RoundTimes.Measured measured) {
        return new Row(
                one,
                prediction,
                later,
                measured.roundSeconds(),
                measured.tokensPerSecond(),
                measured.tokensPerRound(),
                measured.rounds(),
                measured.processors());
    }

    private static RoundTimes.Measured measure(EngineConfig config, int output, RoundTimes.Window window) {
        return RoundTimes.measure(
                config.toBuilder().contextLength(RoundTimes.PROMPT + output).build(), output, window);
    }

    /** Tokens of each sequence that its rounds take. */
    private int output(Case one, int verifications) {
        return (int) Math.ceil(LUCK * verifications * tokens(one));
    }

    private int verifications(Case one) {
        return one.candidates() == 0 ? rounds : Math.max(rounds, Math.ceilDiv(LEAST_VERIFICATIONS, one.slots()));
    }

    private double tokens(Case one) {
        return ExpectedTokens.independent(acceptance, one.candidates());
    }

    private EnginePlan plan(EngineConfig config, int output, HardwareProfile machine, Set<Knob> open) {
        // sequences begin with a short prompt, which is read before anything is measured
        Demand demand = new Demand(
                0, 2 * RoundTimes.PROMPT + output, config.slots(), acceptance, Demand.Objective.THROUGHPUT, null, null);
        EngineConfig planned = config.toBuilder()
                .contextLength(RoundTimes.PROMPT + output)
                .planning(new Planning(machine, demand, open))
                .build();
        return EnginePlanner.plan(planned)
                .orElseThrow(() -> new IllegalStateException("no plan for " + config.slots() + " slots"));
    }

    private EngineConfig fixed(Case one) {
        return slots(one.slots(), one.candidates() == 0 ? null : base)
                .candidates(one.candidates())
                .adaptiveCandidates(false)
                .build();
    }

    private EngineConfig open(int slots) {
        return slots(slots, base).adaptiveCandidates(true).build();
    }

    private EngineConfig.Builder slots(int slots, @Nullable EngineConfig draft) {
        return base.toBuilder()
                .draftModel(draft == null ? null : draft.draftModel())
                .slots(slots)
                .queueCapacity(slots)
                .groups(EngineConfig.Groups.ONE);
    }
}
