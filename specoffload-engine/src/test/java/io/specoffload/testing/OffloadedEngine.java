package io.specoffload.testing;

import io.specoffload.backend.Backend;
import io.specoffload.backend.cpu.CpuBackend;
import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.execution.ExpertPredictor;
import io.specoffload.execution.OffloadedExecutor;
import io.specoffload.execution.ReadAhead;
import io.specoffload.format.GgufFile;
import io.specoffload.format.GgufHeader;
import io.specoffload.format.TensorIndex;
import io.specoffload.kv.KvSequence;
import io.specoffload.kv.PagedKvCache;
import io.specoffload.model.DecoderModel;
import io.specoffload.model.ForwardBatch;
import io.specoffload.model.Logits;
import io.specoffload.model.ModelLoader;
import io.specoffload.placement.Placement;
import io.specoffload.placement.PlacementStrategy;
import io.specoffload.store.BlockReader;
import io.specoffload.store.FileBlockReader;
import io.specoffload.store.Footprint;
import io.specoffload.store.StoreSettings;
import io.specoffload.store.TensorStore;
import io.specoffload.telemetry.RoutingListener;
import io.specoffload.tensor.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Function;

/** A model file that streams, ready to compute, with its own backend, cache and store. */
public final class OffloadedEngine implements AutoCloseable {

    public static final int MAX_ROWS = 32;

    private final Backend backend;
    private final TensorStore store;
    private final OffloadedExecutor executor;
    private final PagedKvCache cache;
    private final PlacementStrategy.Outcome outcome;

    /**
     * How to run.
     *
     * @param budget bytes; less than the minimum is raised to it
     * @param staging bytes for staging; less than the minimum is raised to it
     * @param pieceBytes size of a read
     * @param readers reads in flight
     * @param readAhead whether weights are read between passes
     */
    public record Options(long budget, long staging, long pieceBytes, int readers, ReadAhead readAhead) {
        public static final Options LEAST = new Options(0, 0, StoreSettings.DEFAULT_PIECE_BYTES, 4);

        public Options(long budget, long staging, long pieceBytes, int readers) {
            this(budget, staging, pieceBytes, readers, ReadAhead.ALWAYS);
        }
    }

    public OffloadedEngine(Path file, KernelChoice kernels, Options options) throws IOException {
        this(file, kernels, options, ExpertPredictor.ROUTER_AHEAD, null);
    }

    /**
     * @param queues who reads, or null for threads
     */
    public OffloadedEngine(
            Path path,
            KernelChoice kernels,
            Options options,
            ExpertPredictor predictor,
            TensorStore.ReadQueueFactory queues)
            throws IOException {
        this(path, kernels, options, predictor, queues, null);
    }

    /** With a placement of the caller's own, whatever the budget. */
    public static OffloadedEngine placed(
            Path path, KernelChoice kernels, Options options, Function<TensorIndex, Placement> placement)
            throws IOException {
        return new OffloadedEngine(path, kernels, options, ExpertPredictor.ROUTER_AHEAD, null, placement);
    }

    private OffloadedEngine(
            Path path,
            KernelChoice kernels,
            Options options,
            ExpertPredictor predictor,
            TensorStore.ReadQueueFactory queues,
            Function<TensorIndex, Placement> own)
            throws IOException {
        backend = new CpuBackend(2, kernels);
        try (GgufFile file = GgufFile.open(path)) {
            DecoderModel model = ModelLoader.load(file, 128);
            TensorIndex index = file.index();
            BlockReader reader = FileBlockReader.open(
                    index.parts().stream().map(GgufHeader::file).toList());
            PlacementStrategy.Request request =
                    Footprint.request(index, options.staging(), MAX_ROWS, reader.alignment());
            PlacementStrategy strategy = new PlacementStrategy(request);
            outcome = strategy.place(Math.max(options.budget(), strategy.minimumBytes()))
                    .orElseThrow();
            StoreSettings settings = new StoreSettings(
                    request.staging().units(),
                    request.staging().unitBytes(),
                    outcome.expertSlots(),
                    MAX_ROWS,
                    options.pieceBytes(),
                    options.readers(),
                    0);
            Placement placement = own == null ? outcome.placement() : own.apply(index);
            store = queues == null
                    ? TensorStore.open(index, placement, settings, reader)
                    : TensorStore.open(index, placement, settings, reader, queues);
            cache = new PagedKvCache(model.config().kvLayout(DType.F32), 16);
            executor = new OffloadedExecutor(
                    model, store, backend, cache, MAX_ROWS, predictor, options.readAhead(), RoutingListener.NONE);
        }
    }

    /** The least memory that a file's weights need. */
    public static long minimumBytes(Path path, long staging) throws IOException {
        TensorIndex index = TensorIndex.read(path);
        return new PlacementStrategy(Footprint.request(index, staging, MAX_ROWS, 4096)).minimumBytes();
    }

    public OffloadedExecutor executor() {
        return executor;
    }

    public TensorStore store() {
        return store;
    }

    public PagedKvCache cache() {
        return cache;
    }

    public PlacementStrategy.Outcome outcome() {
        return outcome;
    }

    /** Feeds tokens to a sequence; a copy of the logits of all of them, [tokens][vocabulary]. */
    public float[] forward(KvSequence sequence, int... tokens) {
        ForwardBatch batch = new ForwardBatch();
        for (int token : tokens) {
            batch.add(sequence, token, true);
        }
        Logits logits = executor.forward(batch);
        return Arrays.copyOf(logits.values(), logits.rows() * logits.vocabulary());
    }

    /** The logits of all tokens, fed to a new sequence in one pass. */
    public float[] logits(int... tokens) {
        try (KvSequence sequence = cache.newSequence()) {
            return forward(sequence, tokens);
        }
    }

    @Override
    public void close() {
        executor.close();
        store.close();
        backend.close();
    }
}
