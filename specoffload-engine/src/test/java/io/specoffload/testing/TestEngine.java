package io.specoffload.testing;

import io.specoffload.backend.Backend;
import io.specoffload.backend.cpu.CpuBackend;
import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.execution.ResidentExecutor;
import io.specoffload.execution.ResidentWeights;
import io.specoffload.format.ModelFile;
import io.specoffload.kv.KvSequence;
import io.specoffload.kv.PagedKvCache;
import io.specoffload.model.DecoderModel;
import io.specoffload.model.ForwardBatch;
import io.specoffload.model.Logits;
import io.specoffload.model.ModelLoader;
import io.specoffload.model.WeightBinder;
import io.specoffload.tensor.DType;
import java.util.Arrays;

/** A model ready to compute, with its own backend and cache. The file is the caller's. */
public final class TestEngine implements AutoCloseable {

    private final Backend backend;
    private final ResidentExecutor executor;
    private final PagedKvCache cache;

    public TestEngine(ModelFile file, KernelChoice kernels, DType kvType) {
        this(file, new CpuBackend(2, kernels), kvType, 32);
    }

    /** The backend is closed with this engine. */
    public TestEngine(ModelFile file, Backend backend, DType kvType, int maxRows) {
        this.backend = backend;
        DecoderModel model = ModelLoader.load(file, 128);
        cache = new PagedKvCache(model.config().kvLayout(kvType), 16);
        WeightBinder binder =
                new WeightBinder(model.config(), file, backend.kernels().weightTypes());
        ResidentWeights weights = ResidentWeights.bind(binder);
        executor = new ResidentExecutor(model, weights, backend, cache, maxRows);
    }

    public ResidentExecutor executor() {
        return executor;
    }

    public PagedKvCache cache() {
        return cache;
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
        backend.close();
    }
}
