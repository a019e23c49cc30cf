package io.specoffload.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.backend.Backend;
import io.specoffload.backend.cpu.CpuBackend;
import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.execution.ExpertModeChoice.Decision;
import io.specoffload.format.GgufFile;
import io.specoffload.kv.KvSequence;
import io.specoffload.kv.PagedKvCache;
import io.specoffload.model.DecoderModel;
import io.specoffload.model.ForwardBatch;
import io.specoffload.model.LayerWeights;
import io.specoffload.model.ModelConfig;
import io.specoffload.model.ModelConfig.ExpertConfig;
import io.specoffload.model.ModelLoader;
import io.specoffload.model.ModelWeights;
import io.specoffload.model.OuterWeights;
import io.specoffload.model.WeightBinder;
import io.specoffload.store.ExpertCache.Mode;
import io.specoffload.telemetry.ExpertGuesses;
import io.specoffload.telemetry.StreamMonitor;
import io.specoffload.tensor.DType;
import io.specoffload.testing.ForcedPredictor;
import io.specoffload.testing.OffloadedEngine;
import io.specoffload.testing.OffloadedEngine.Options;
import io.specoffload.testing.ReferenceModel;
import io.specoffload.testing.SynchronousReads;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Experts that are read when they are needed, guessed or not: never another result, and fewer waits for good guesses. */
class ExpertStreamingTest {

    private static final int TOKENS = 8;

    private static ReferenceModel model() {
        return ReferenceModel.all("mixtral-q8_0").getFirst();
    }

    private static int[] tokens(ReferenceModel model) {
        return new Random(3).ints(TOKENS, 0, model.vocabulary()).toArray();
    }

    /** What the routers of a model in memory choose, in order, and its last logits. */
    private record Truth(List<int[]> choices, List<float[]> logits) {

        static Truth of(ReferenceModel model, int[] tokens) throws IOException {
            List<int[]> choices = new ArrayList<>();
            List<float[]> logits = new ArrayList<>();
            try (GgufFile file = GgufFile.open(model.gguf());
                    Backend backend = new CpuBackend(1, KernelChoice.VECTOR)) {
                DecoderModel decoder = ModelLoader.load(file, 128);
                ModelWeights weights = ResidentWeights.bind(new WeightBinder(
                        decoder.config(), file, backend.kernels().weightTypes()));
                PagedKvCache cache = new PagedKvCache(decoder.config().kvLayout(DType.F32), 4);
                try (ResidentExecutor executor =
                        new ResidentExecutor(decoder, listening(weights, choices), backend, cache, 8)) {
                    for (int token : tokens) {
                        try (KvSequence sequence = cache.newSequence()) {
                            ForwardBatch batch = new ForwardBatch();
                            batch.add(sequence, token, true);
                            logits.add(executor.forward(batch).values().clone());
                        }
                    }
                }
            }
            return new Truth(choices, logits);
        }

        private static ModelWeights listening(ModelWeights weights, List<int[]> choices) {
            return new ModelWeights() {
                @Override
                public OuterWeights outer() {
                    return weights.outer();
                }

                @Override
                public LayerWeights layer(int index) {
                    return (LayerWeights) Proxy.newProxyInstance(
                            LayerWeights.class.getClassLoader(),
                            new Class<?>[] {LayerWeights.class},
                            (proxy, method, arguments) -> {
                                if (method.getName().equals("experts")) {
                                    choices.add(((int[]) arguments[0]).clone());
                                }
                                return method.invoke(weights.layer(index), arguments);
                            });
                }
            };
        }

        /** Guesses each expert right with a probability, else another one. */
        ExpertPredictor guessing(double accuracy, int layers, int experts) {
            AtomicInteger pass = new AtomicInteger();
            return new ForcedPredictor(accuracy, experts, 1, layer -> {
                int now = layer == layers - 1 ? pass.getAndIncrement() : pass.get();
                return choices.get(now * layers + layer);
            });
        }
    }

    /** Misses with a cache that is empty at first and large enough: each token runs alone in an engine of its own. */
    private static long missesOf(ReferenceModel model, int[] tokens, Truth truth, ExpertPredictor predictor)
            throws IOException {
        Options options = new Options(4 * Files.size(model.gguf()), 0, 1 << 20, 1);
        long misses = 0;
        for (int i = 0; i < tokens.length; i++) {
            try (OffloadedEngine engine =
                    new OffloadedEngine(model.gguf(), KernelChoice.VECTOR, options, predictor, SynchronousReads::new)) {
                assertThat(engine.logits(tokens[i])).isEqualTo(truth.logits().get(i));
                misses += engine.store().counters().expertMisses();
            }
        }
        return misses;
    }

    @Test
    void guessesChangeWaitsButNoResult() throws IOException {
        ReferenceModel model = model();
        int[] tokens = tokens(model);
        Truth truth = Truth.of(model, tokens);
        ExpertConfig experts;
        int layers;
        try (GgufFile file = GgufFile.open(model.gguf())) {
            ModelConfig config = ModelConfig.read(file);
            experts = Objects.requireNonNull(config.experts());
            layers = config.layers();
        }
        long none = missesOf(model, tokens, truth, ExpertPredictor.NONE);
        long early = missesOf(model, tokens, truth, ExpertPredictor.ROUTER_AHEAD);
        long half = missesOf(model, tokens, truth, truth.guessing(0.5, layers, experts.count()));
        long all = missesOf(model, tokens, truth, truth.guessing(1, layers, experts.count()));
        // nothing is guessed for the first layer, and everything chosen for another counts where there is no guess
        assertThat(all).isEqualTo((long) TOKENS * experts.used());
        assertThat(none).isEqualTo((long) TOKENS * experts.used() * layers);
        assertThat(half).isGreaterThan(all).isLessThan(none);
        assertThat(early).isLessThan(none);
    }

    @Test
    void guessesAreCountedAndTheirStateIsShown() throws IOException {
        ReferenceModel model = model();
        Options options = new Options(4 * Files.size(model.gguf()), 0, 1 << 20, 1);
        try (OffloadedEngine engine = new OffloadedEngine(
                model.gguf(), KernelChoice.VECTOR, options, ExpertPredictor.ROUTER_AHEAD, SynchronousReads::new)) {
            StreamMonitor monitor = engine.executor().streaming().orElseThrow();
            assertThat(monitor.guesses()).isEqualTo(ExpertGuesses.NONE);
            engine.logits(tokens(model)[0]);
            try (GgufFile file = GgufFile.open(model.gguf())) {
                ModelConfig config = ModelConfig.read(file);
                int used = Objects.requireNonNull(config.experts()).used();
                assertThat(monitor.counters().expertGuesses()).isEqualTo((config.layers() - 1L) * used);
            }
            assertThat(monitor.counters().expertGuessesRight())
                    .isBetween(0L, monitor.counters().expertGuesses());
            assertThat(monitor.guesses().rows()).isEqualTo(1);
            assertThat(monitor.guesses().on()).isTrue();
            assertThat(monitor.guesses().toString()).contains("guess experts", "not compared yet");
        }
    }

    @Test
    void fewRowsReadWhatTheyNeedAndManyReadEverything() {
        ExpertModeChoice choice = new ExpertModeChoice(32, 128, 8, 1 << 20, 256);
        assertThat(choice.decide(1).mode()).isEqualTo(Mode.ON_DEMAND);
        assertThat(choice.decide(512).mode()).isEqualTo(Mode.SWEEP);
        // a disk of 1 GB/s, compute of 10 ms per row
        for (int i = 0; i < 20; i++) {
            choice.learn(1, Mode.ON_DEMAND, 32 * 8, 32 * 8, 0.01, 32L * 8 << 20, 0.268);
        }
        Decision one = choice.decide(1);
        assertThat(one.mode()).isEqualTo(Mode.ON_DEMAND);
        assertThat(one.onDemandSeconds()).isBetween(0.2, 0.4);
        assertThat(one.sweepSeconds()).isGreaterThan(3);
        // reading under the compute costs nothing where computing takes longer
        assertThat(choice.decide(512).mode()).isEqualTo(Mode.SWEEP);
        assertThat(one.toString()).contains("ON_DEMAND", "on demand", "sweep");
    }

    @Test
    void moreRowsAreExpectedToReadMoreExperts() {
        ExpertModeChoice choice = new ExpertModeChoice(32, 8, 2, 1 << 20, 64);
        // a quarter of the experts is in memory, and a row needs two of eight
        double one = 32 * 2 * 0.75 * (1 << 20);
        assertThat(choice.expectedBytes(1)).isCloseTo(one, within(1.0));
        assertThat(choice.expectedBytes(5)).isCloseTo(one * 4 * (1 - Math.pow(0.75, 5)), within(1.0));
        assertThat(choice.expectedBytes(500)).isCloseTo(4 * one, within(1.0));
    }

    @Test
    void coverageIsThatOfIndependentChoices() {
        Random random = new Random(6);
        for (int rows : List.of(1, 3, 10, 40)) {
            double total = 0;
            int runs = 2000;
            for (int run = 0; run < runs; run++) {
                boolean[] chosen = new boolean[16];
                for (int row = 0; row < rows; row++) {
                    int first = random.nextInt(16);
                    int second = (first + 1 + random.nextInt(15)) % 16;
                    chosen[first] = true;
                    chosen[second] = true;
                }
                for (boolean one : chosen) {
                    total += one ? 1 : 0;
                }
            }
            double expected = ExpertModeChoice.coverage(rows, 16, 2);
            // 2000 runs of at most 16: the mean is known to a few hundredths
            assertThat(Math.abs(total / runs - expected)).isLessThan(0.2);
        }
    }
}
