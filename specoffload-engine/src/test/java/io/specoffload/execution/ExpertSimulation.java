package io.specoffload.execution;

import io.specoffload.store.ExpertCache;
import io.specoffload.store.ExpertCache.Mode;
import io.specoffload.store.PieceReader;
import io.specoffload.store.ReadQueue;
import io.specoffload.store.ReadRate;
import io.specoffload.store.StagingBuffer;
import io.specoffload.store.StreamUnit;
import io.specoffload.store.StreamUnit.Extent;
import io.specoffload.store.Transfer;
import io.specoffload.store.WeightLease;
import io.specoffload.telemetry.StreamCounters;
import io.specoffload.telemetry.Timeline;
import io.specoffload.testing.FakeBlocks;
import io.specoffload.testing.ForcedPredictor;
import io.specoffload.testing.VirtualReads;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.function.IntToDoubleFunction;

/**
 * Passes of a model with experts of which a quarter is cached: the real schedule, guard and cache, on a device whose
 * time is computed. An expert stands for one that takes 2 ms to read.
 */
final class ExpertSimulation {

    static final int WARM_UP = 20;

    private static final int LAYERS = 24;
    private static final int EXPERTS = 32;
    private static final int USED = 4;
    private static final int EXPERT = 4 * FakeBlocks.ALIGNMENT;
    static final int READS_IN_FLIGHT = 4;
    private static final double READ_SECONDS = 0.002;
    private static final int SLOTS = LAYERS * EXPERTS / 4;

    /** Of a pass: attention of a layer, and one expert. */
    private static final double ATTENTION_SECONDS = 0.003;

    private static final double EXPERT_SECONDS = 0.0005;

    /** What routers choose, [pass][layer][ascending ids]. */
    private final int[][][] trace;

    private final int rows;
    private final double expertsPerSecond;
    private final int inFlight;
    private final GuessGuard guard = new GuessGuard();

    /**
     * Figures of a run, per pass, without those that warm up.
     *
     * @param useful experts that were read and then used
     * @param wasted experts that were read and gave way before they were used
     * @param stallSeconds waited
     * @param seconds all of its time
     * @param passSeconds of each pass, those that warm up included
     */
    record Figures(double useful, double wasted, double stallSeconds, double seconds, double[] passSeconds) {

        static final String HEADER = String.format(
                Locale.ROOT, "%-13s %7s %7s %7s %9s %9s", "guess", "useful", "wasted", "", "stall ms", "pass ms");

        String row(String name) {
            return String.format(
                    Locale.ROOT,
                    "%-13s %7.1f %7.1f %6.0f%% %9.1f %9.1f",
                    name,
                    useful,
                    wasted,
                    100 * wasted / (useful + wasted),
                    1e3 * stallSeconds,
                    1e3 * seconds);
        }

        /** Mean time of some passes. */
        double seconds(int from, int to) {
            double sum = 0;
            for (int pass = from; pass < to; pass++) {
                sum += passSeconds[pass];
            }
            return sum / (to - from);
        }
    }

    /** Whether passes guess. */
    enum Guessing {
        NEVER,
        ALWAYS,
        GUARDED
    }

    /** Notes which experts are read. */
    private record Noted(VirtualReads reads, List<Integer> loads) implements ReadQueue {

        @Override
        public void submit(Transfer transfer, boolean urgent) {
            loads.add((int) (transfer.pieces().getFirst().position() / EXPERT));
            reads.submit(transfer, urgent);
        }

        @Override
        public void hurry(Transfer transfer) {
            reads.hurry(transfer);
        }

        @Override
        public void pause() {
            reads.pause();
        }

        @Override
        public void resume() {
            reads.resume();
        }

        @Override
        public void close() {
            reads.close();
        }
    }

    ExpertSimulation(int rows, int passes) {
        this(rows, passes, 1, READS_IN_FLIGHT);
    }

    /**
     * @param speed of the device; 1 is that of 2 ms per expert
     * @param inFlight reads that the device is told to do at once, of which an expert takes four
     */
    ExpertSimulation(int rows, int passes, double speed, int inFlight) {
        this.rows = rows;
        this.expertsPerSecond = speed / READ_SECONDS;
        this.inFlight = inFlight;
        this.trace = trace(rows, passes);
    }

    /** The guard of all runs of this simulation. */
    GuessGuard guard() {
        return guard;
    }

    /** Each layer has experts that it likes better than others, and half of a row's experts are those of the row before. */
    private static int[][][] trace(int rows, int passes) {
        Random random = new Random(11);
        int[][][] trace = new int[passes][LAYERS][];
        for (int layer = 0; layer < LAYERS; layer++) {
            int shift = random.nextInt(EXPERTS);
            List<Integer> before = List.of();
            for (int pass = 0; pass < passes; pass++) {
                Set<Integer> chosen = new HashSet<>();
                for (int row = 0; row < rows; row++) {
                    Set<Integer> own = new HashSet<>();
                    for (int id : before) {
                        if (own.size() < USED && random.nextDouble() < 0.5) {
                            own.add(id);
                        }
                    }
                    while (own.size() < USED) {
                        // the square of a uniform number: low ranks are liked better
                        double liked = random.nextDouble();
                        own.add((int) (shift + liked * liked * EXPERTS) % EXPERTS);
                    }
                    before = List.copyOf(own.stream().sorted().toList());
                    chosen.addAll(own);
                }
                trace[pass][layer] =
                        chosen.stream().sorted().mapToInt(Integer::intValue).toArray();
            }
        }
        return trace;
    }

    Figures run(Guessing guessing, double accuracy) {
        return run(guessing, pass -> accuracy);
    }

    /**
     * @param accuracy of the guesses, by pass
     */
    Figures run(Guessing guessing, IntToDoubleFunction accuracy) {
        StreamCounters counters = new StreamCounters();
        Timeline timeline = new Timeline(16);
        FakeBlocks file = new FakeBlocks((long) LAYERS * EXPERTS * EXPERT);
        VirtualReads reads = new VirtualReads(
                new PieceReader(file, new ReadRate(0), counters, timeline), EXPERT * expertsPerSecond, inFlight);
        counters.listen(reads);
        List<Integer> loads = new ArrayList<>();
        List<StreamUnit> units = new ArrayList<>();
        for (int i = 0; i < LAYERS * EXPERTS; i++) {
            Extent extent = new Extent("e" + i, 0, (long) i * EXPERT, EXPERT);
            units.add(new StreamUnit(List.of(extent), FakeBlocks.ALIGNMENT));
        }
        int[] pass = {0};
        Random luck = new Random(5);
        ExpertPredictor predictor = (layer, routedEarly) -> new ForcedPredictor(
                        accuracy.applyAsDouble(pass[0]), EXPERTS, luck.nextLong(), l -> trace[pass[0]][l])
                .predict(layer, routedEarly);
        StagingBuffer memory = new StagingBuffer(SLOTS, EXPERT);
        Noted noted = new Noted(reads, loads);
        try (ExpertCache cache = new ExpertCache(
                units,
                EXPERTS,
                memory,
                noted,
                FakeBlocks.ALIGNMENT,
                counters,
                timeline,
                ExpertCache.ahead(memory.bytes()))) {
            ExpertSchedule schedule = new ExpertSchedule(cache, LAYERS, predictor, counters);
            Set<Integer> unused = new HashSet<>();
            double[] passSeconds = new double[trace.length];
            int useful = 0;
            long inVainBefore = 0;
            int known = 0;
            double[] before = new double[2];
            for (; pass[0] < trace.length; pass[0]++) {
                if (pass[0] == WARM_UP) {
                    useful = 0;
                    inVainBefore = counters.bytesInVain();
                    loads.clear();
                    known = 0;
                    before = new double[] {reads.stalledSeconds(), reads.seconds()};
                }
                double start = reads.seconds();
                double stalled = reads.stalledSeconds();
                Guesses guesses = Guesses.of(counters);
                schedule.begin(
                        Mode.ON_DEMAND,
                        switch (guessing) {
                            case NEVER -> false;
                            case ALWAYS -> true;
                            case GUARDED -> guard.guesses(rows);
                        });
                for (int layer = 0; layer < LAYERS; layer++) {
                    reads.compute(ATTENTION_SECONDS);
                    schedule.foresee(layer + 1, () -> new int[0]);
                    int[] ids = trace[pass[0]][layer];
                    schedule.chosen(layer, ids);
                    for (int id : ids) {
                        try (WeightLease lease = cache.acquire(cache.key(layer, id))) {
                            unused.addAll(loads.subList(known, loads.size()));
                            known = loads.size();
                            useful += unused.remove(lease.unit()) ? 1 : 0;
                            reads.compute(EXPERT_SECONDS);
                        }
                    }
                }
                passSeconds[pass[0]] = reads.seconds() - start;
                if (guessing == Guessing.GUARDED) {
                    Guesses now = Guesses.of(counters).since(guesses);
                    guard.learn(new GuessGuard.Pass(
                            rows,
                            schedule.distinct(),
                            reads.seconds() - start,
                            reads.stalledSeconds() - stalled,
                            now.bytesInVain / (EXPERT * expertsPerSecond),
                            now.guesses,
                            now.right));
                }
            }
            int passes = trace.length - WARM_UP;
            double wasted = (double) (counters.bytesInVain() - inVainBefore) / EXPERT;
            return new Figures(
                    (double) useful / passes,
                    wasted / passes,
                    (reads.stalledSeconds() - before[0]) / passes,
                    (reads.seconds() - before[1]) / passes,
                    passSeconds);
        } finally {
            noted.close();
            memory.close();
        }
    }

    private record Guesses(long guesses, long right, long bytesInVain) {

        static Guesses of(StreamCounters counters) {
            return new Guesses(counters.expertGuesses(), counters.expertGuessesRight(), counters.bytesInVain());
        }

        Guesses since(Guesses before) {
            return new Guesses(guesses - before.guesses, right - before.right, bytesInVain - before.bytesInVain);
        }
    }
}
