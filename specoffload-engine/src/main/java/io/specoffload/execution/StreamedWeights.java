package io.specoffload.execution;

import io.specoffload.model.GatedWeights;
import io.specoffload.model.LayerWeights;
import io.specoffload.model.Lease;
import io.specoffload.model.LentMatrix;
import io.specoffload.model.ModelConfig;
import io.specoffload.model.ModelWeights;
import io.specoffload.model.OuterWeights;
import io.specoffload.model.WeightBinder;
import io.specoffload.model.WholeMatrix;
import io.specoffload.store.ExpertCache;
import io.specoffload.store.TensorStore;
import io.specoffload.store.WeightLease;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The weights of a model out of a store: each lease waits until what it lends has arrived, and gives the buffer back.
 * Used by one thread at a time.
 */
final class StreamedWeights implements ModelWeights {

    private final TensorStore store;
    private final ModelConfig config;
    private final Set<DType> types;
    private final StreamedOuter outer;
    private final List<LayerWeights> layers = new ArrayList<>();

    /**
     * @param types element types that the backend computes with
     * @param experts told what the routers choose; null for a dense model
     */
    StreamedWeights(TensorStore store, ModelConfig config, Set<DType> types, @Nullable ExpertSchedule experts) {
        this.store = store;
        this.config = config;
        this.types = types;
        this.outer = new StreamedOuter();
        BoundExperts bound = experts == null || store.experts() == null
                ? null
                : new BoundExperts(store.experts(), this, experts, config.layers());
        for (int layer = 0; layer < config.layers(); layer++) {
            layers.add(layer(binder(StoredTensors.resident(store)), layer, bound));
        }
    }

    private static LayerWeights layer(WeightBinder binder, int layer, @Nullable BoundExperts experts) {
        return experts == null
                ? new StreamedLayer(layer, binder.attention(layer), binder.dense(layer), null, null)
                : new StreamedLayer(layer, binder.attention(layer), null, binder.router(layer), experts);
    }

    @Override
    public OuterWeights outer() {
        return outer;
    }

    @Override
    public LayerWeights layer(int index) {
        return layers.get(index);
    }

    WeightBinder binder(StoredTensors tensors) {
        return new WeightBinder(config, tensors, name -> StreamedMatrix.of(store, name), types);
    }

    TensorStore store() {
        return store;
    }

    /** The experts of all layers. */
    static final class BoundExperts {
        private final ExpertCache cache;
        private final StreamedWeights weights;
        private final ExpertSchedule schedule;
        private final int perLayer;

        BoundExperts(ExpertCache cache, StreamedWeights weights, ExpertSchedule schedule, int layers) {
            this.cache = cache;
            this.weights = weights;
            this.schedule = schedule;
            this.perLayer = cache.size() / layers;
        }

        ExpertSchedule schedule() {
            return schedule;
        }

        WeightLease acquire(int layer, int id) {
            return cache.acquire(layer * perLayer + id);
        }

        GatedWeights weights(int layer, int id, WeightLease lease) {
            StoredTensors tensors = new StoredTensors(weights.store(), cache.expert(lease.unit()), lease);
            return weights.binder(tensors).expert(layer, id);
        }
    }

    private final class StreamedOuter implements OuterWeights {
        private final Tensor norm = store.resident("output_norm.weight").orElseThrow();
        private final LentMatrix head = StreamedMatrix.of(store, store.plan().headName())
                .orElseGet(() ->
                        new WholeMatrix(store.resident(store.plan().headName()).orElseThrow()));

        @Override
        public Lease<EmbeddingRows> embedding(int[] tokens, int n) {
            if (store.embedding() == null) {
                Tensor table = store.resident("token_embd.weight").orElseThrow();
                return Borrowed.forever(new EmbeddingRows(table, tokens));
            }
            int[] distinct = Arrays.stream(tokens, 0, n).sorted().distinct().toArray();
            Tensor table = store.embedding().read(distinct);
            int[] rows = Arrays.stream(tokens, 0, n)
                    .map(token -> Arrays.binarySearch(distinct, token))
                    .toArray();
            return Borrowed.forever(new EmbeddingRows(table, rows));
        }

        @Override
        public Tensor norm() {
            return norm;
        }

        @Override
        public LentMatrix head() {
            return head;
        }
    }
}
