package io.specoffload.bench;

import io.specoffload.backend.cpu.CpuBackend;
import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.execution.ResidentExecutor;
import io.specoffload.execution.ResidentWeights;
import io.specoffload.format.GgufFile;
import io.specoffload.format.ModelFile;
import io.specoffload.kv.KvLayout;
import io.specoffload.kv.KvSequence;
import io.specoffload.kv.PagedKvCache;
import io.specoffload.model.DecoderModel;
import io.specoffload.model.ForwardBatch;
import io.specoffload.model.Logits;
import io.specoffload.model.ModelLoader;
import io.specoffload.model.WeightBinder;
import io.specoffload.tensor.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/** This engine's forward passes, weights resident. Owns file, backend and cache. */
final class EngineSubject implements Subject {

    private static final int CHUNK = 512;

    private final ModelFile file;
    private final CpuBackend backend;
    private final ResidentExecutor executor;
    private final BenchTokens tokens;
    private final ForwardBatch batch = new ForwardBatch();
    private KvSequence sequence;
    private int prepared;

    EngineSubject(Path model, int threads, int context, DType kvType) throws IOException {
        file = GgufFile.open(model);
        backend = new CpuBackend(threads, KernelChoice.AUTO);
        DecoderModel decoder = ModelLoader.load(file, context);
        ResidentWeights weights = ResidentWeights.bind(
                new WeightBinder(decoder.config(), file, backend.kernels().weightTypes()));
        KvLayout layout = decoder.config().kvLayout(kvType);
        PagedKvCache cache = new PagedKvCache(layout, KvLayout.pagesFor(context) + 1);
        executor = new ResidentExecutor(decoder, weights, backend, cache, Math.min(context, CHUNK));
        tokens = new BenchTokens(decoder.config().vocabulary());
        sequence = cache.newSequence();
    }

    @Override
    public String name() {
        return "specoffload " + backend.description();
    }

    @Override
    public Set<Operation> operations() {
        return EnumSet.allOf(Operation.class);
    }

    @Override
    public double seconds(Operation operation, int n, int depth) {
        prepare(operation == Operation.PREFILL ? 0 : depth);
        long start = System.nanoTime();
        switch (operation) {
            case PREFILL -> forward(0, n, false);
            case VERIFY -> forward(depth, n, true);
            case DECODE -> {
                for (int i = 0; i < n; i++) {
                    forward(depth + i, 1, true);
                }
            }
        }
        return (System.nanoTime() - start) / 1e9;
    }

    @Override
    public int greedyAfter(int n) {
        prepare(0);
        Logits logits = forward(0, n, false);
        int best = 0;
        for (int i = 1; i < logits.vocabulary(); i++) {
            best = logits.values()[i] > logits.values()[best] ? i : best;
        }
        return best;
    }

    /** Leaves exactly the first {@code depth} tokens in the cache. */
    private void prepare(int depth) {
        int kept = Math.min(depth, Math.min(prepared, sequence.length()));
        sequence.truncate(kept);
        if (kept < depth) {
            forward(kept, depth - kept, false);
        }
        prepared = depth;
    }

    private Logits forward(int from, int count, boolean all) {
        batch.clear();
        for (int i = 0; i < count; i++) {
            batch.add(sequence, tokens.at(from + i), all || i == count - 1);
        }
        return executor.forward(batch);
    }

    @Override
    public long peakMemory() {
        return ProcessMemory.of(ProcessHandle.current().pid()).peak();
    }

    @Override
    public void close() {
        sequence.close();
        executor.close();
        backend.close();
        file.close();
    }
}
