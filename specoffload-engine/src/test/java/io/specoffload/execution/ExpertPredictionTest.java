package io.specoffload.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.store.ExpertCache;
import io.specoffload.store.ExpertCache.Mode;
import io.specoffload.store.Part;
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
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What guessing the next layer's experts gains at a given accuracy: the real schedule and cache, on a device whose time
 * is computed. Prints a table.
 */
class ExpertPredictionTest {

    private static final int LAYERS = 24;
    private static final int EXPERTS = 32;
    private static final int USED = 4;
    private static final int PASSES = 60;
    private static final int WARM_UP = 20;

    /** An expert of the test stands for one that takes 2 ms to read; a quarter of them is cached. */
    private static final int EXPERT = 4 * FakeBlocks.ALIGNMENT;

    private static final double READ_SECONDS = 0.002;
    private static final int SLOTS = LAYERS * EXPERTS / 4;

    /** Of a pass of one row: attention of a layer, and one expert. */
    private static final double ATTENTION_SECONDS = 0.003;

    private static final double EXPERT_SECONDS = 0.0005;

    /**
     * Figures of a run, per pass.
     *
     * @param useful experts that were read and then used
     * @param wasted experts that were read and gave way before they were used
     * @param stallSeconds waited
     * @param seconds all of its time
     */
    private record Figures(double useful, double wasted, double stallSeconds, double seconds) {

        String row(String name) {
            return String.format(
                    Locale.ROOT,
                    "%-6s %7.1f %7.1f %6.0f%% %9.1f %9.1f",
                    name,
                    useful,
                    wasted,
                    100 * wasted / (useful + wasted),
                    1e3 * stallSeconds,
                    1e3 * seconds);
        }
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

    /**
     * What routers choose, [pass][layer][ascending ids]: each layer has experts that it likes better than others, and
     * half of a row's experts are those of the row before.
     */
    private static int[][][] trace(int rows) {
        Random random = new Random(11);
        int[][][] trace = new int[PASSES][LAYERS][];
        for (int layer = 0; layer < LAYERS; layer++) {
            int shift = random.nextInt(EXPERTS);
            List<Integer> before = List.of();
            for (int pass = 0; pass < PASSES; pass++) {
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

    /**
     * @param accuracy of the guesses, or negative for no guess
     */
    private static Figures run(int[][][] trace, double accuracy) {
        StreamCounters counters = new StreamCounters();
        Timeline timeline = new Timeline(16);
        FakeBlocks file = new FakeBlocks((long) LAYERS * EXPERTS * EXPERT);
        VirtualReads reads =
                new VirtualReads(new PieceReader(file, new ReadRate(0), counters, timeline), EXPERT / READ_SECONDS);
        counters.listen(reads);
        List<Integer> loads = new ArrayList<>();
        List<StreamUnit> units = new ArrayList<>();
        for (int i = 0; i < LAYERS * EXPERTS; i++) {
            Extent extent = new Extent("e" + i, 0, (long) i * EXPERT, EXPERT);
            units.add(new StreamUnit(Map.of(Part.FEED_FORWARD, List.of(extent)), FakeBlocks.ALIGNMENT));
        }
        int[] pass = {0};
        ExpertPredictor predictor = accuracy < 0
                ? ExpertPredictor.NONE
                : new ForcedPredictor(accuracy, EXPERTS, 5, layer -> trace[pass[0]][layer]);
        StagingBuffer memory = new StagingBuffer(SLOTS, EXPERT);
        Noted noted = new Noted(reads, loads);
        try (ExpertCache cache =
                new ExpertCache(units, EXPERTS, memory, noted, FakeBlocks.ALIGNMENT, counters, timeline)) {
            ExpertSchedule schedule = new ExpertSchedule(cache, LAYERS, predictor);
            Set<Integer> unused = new HashSet<>();
            int useful = 0;
            long waiting = 0;
            int known = 0;
            double[] before = new double[2];
            for (; pass[0] < PASSES; pass[0]++) {
                if (pass[0] == WARM_UP) {
                    useful = 0;
                    waiting = inMemory(unused, cache);
                    loads.clear();
                    known = 0;
                    before = new double[] {reads.stalledSeconds(), reads.seconds()};
                }
                schedule.begin(Mode.ON_DEMAND);
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
            }
            int passes = PASSES - WARM_UP;
            // what was read is used, or still in memory for use, or was read in vain
            long wasted = loads.size() - useful - (inMemory(unused, cache) - waiting);
            return new Figures(
                    (double) useful / passes,
                    (double) wasted / passes,
                    (reads.stalledSeconds() - before[0]) / passes,
                    (reads.seconds() - before[1]) / passes);
        } finally {
            noted.close();
            memory.close();
        }
    }

    private static long inMemory(Set<Integer> experts, ExpertCache cache) {
        return experts.stream().filter(cache::present).count();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5})
    void betterGuessesWasteLessAndWaitLess(int rows) {
        int[][][] trace = trace(rows);
        System.out.printf(
                "%d rows%n%-6s %7s %7s %7s %9s %9s%n", rows, "guess", "useful", "wasted", "", "stall ms", "pass ms");
        Figures none = run(trace, -1);
        System.out.println(none.row("none"));
        Figures worse = none;
        for (double accuracy : new double[] {0.5, 0.7, 0.9, 1}) {
            Figures figures = run(trace, accuracy);
            System.out.println(figures.row(String.valueOf(accuracy)));
            if (rows == 1 || worse != none) {
                assertThat(figures.stallSeconds()).isLessThan(worse.stallSeconds());
            }
            assertThat(figures.wasted()).isGreaterThanOrEqualTo(none.wasted());
            if (worse != none) {
                assertThat(figures.wasted()).isLessThan(worse.wasted());
            }
            // whatever is guessed, a pass is what it computes and what it waits
            double compute = figures.seconds() - figures.stallSeconds();
            assertThat(compute).isCloseTo(none.seconds() - none.stallSeconds(), within(1e-9));
            worse = figures;
        }
        assertThat(none.wasted()).isZero();
    }
}
