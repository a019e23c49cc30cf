package io.specoffload.execution;

import io.specoffload.backend.Backend;
import io.specoffload.kv.KvCache;
import io.specoffload.kv.PagedKvCache;
import io.specoffload.model.Activations;
import io.specoffload.model.DecoderLayer;
import io.specoffload.model.DecoderModel;
import io.specoffload.model.ForwardBatch;
import io.specoffload.model.ForwardPass;
import io.specoffload.model.Logits;
import io.specoffload.model.LogitsBuffer;
import io.specoffload.model.ModelWeights;
import io.specoffload.telemetry.RoutingListener;

/**
 * Runs a model whose weights are all within the backend's reach: layer after layer, in order. Batches of more rows than
 * the activations hold go through in chunks. Owns its cache and activations; backend and weights are the caller's.
 */
public final class ResidentExecutor implements ForwardExecutor {

    private final DecoderModel model;
    private final ModelWeights weights;
    private final PagedKvCache cache;
    private final Activations activations;
    private final ForwardPass pass;
    private final LogitsBuffer logits;

    /**
     * @param cache closed with this executor
     * @param maxRows rows that are computed at once, at least 1; more are chunked
     */
    public ResidentExecutor(
            DecoderModel model, ModelWeights weights, Backend backend, PagedKvCache cache, int maxRows) {
        this(model, weights, backend, cache, maxRows, RoutingListener.NONE);
    }

    /**
     * @param cache closed with this executor
     * @param maxRows rows that are computed at once, at least 1; more are chunked
     * @param routing hears which experts each chunk of rows goes to
     */
    public ResidentExecutor(
            DecoderModel model,
            ModelWeights weights,
            Backend backend,
            PagedKvCache cache,
            int maxRows,
            RoutingListener routing) {
        this.model = model;
        this.weights = weights;
        this.cache = cache;
        this.activations = new Activations(model.config(), backend, maxRows);
        this.pass = new ForwardPass(backend.kernels(), activations, routing);
        this.logits = new LogitsBuffer(vocabulary());
    }

    @Override
    public int vocabulary() {
        return model.config().vocabulary();
    }

    @Override
    public KvCache kvCache() {
        return cache;
    }

    @Override
    public Logits forward(ForwardBatch batch) {
        BatchReservation.checkTokens(batch, vocabulary());
        logits.begin(batch.logitCount());
        try (BatchReservation reservation = BatchReservation.of(batch, cache)) {
            for (int row = 0; row < batch.rows(); ) {
                row = pass.take(batch, row);
                model.embed(pass, weights.outer());
                for (DecoderLayer layer : model.layers()) {
                    layer.forward(pass, weights.layer(layer.index()));
                }
                model.logits(pass, weights.outer(), logits);
            }
            reservation.commit();
        }
        return logits.result();
    }

    @Override
    public void close() {
        activations.close();
        cache.close();
    }
}
