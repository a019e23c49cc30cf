package io.specoffload.execution;

import io.specoffload.execution.StreamedWeights.BoundExperts;
import io.specoffload.model.AttentionWeights;
import io.specoffload.model.DenseWeights;
import io.specoffload.model.ExpertWeights;
import io.specoffload.model.GatedWeights;
import io.specoffload.model.LayerWeights;
import io.specoffload.model.Lease;
import io.specoffload.model.RouterWeights;
import io.specoffload.store.WeightLease;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One layer of a model whose weights stream.
 *
 * @param layer its number
 * @param attention matrices that lend what stays or streams
 * @param denseOrNull of a dense layer
 * @param routerOrNull of a layer of experts
 * @param expertsOrNull of a layer of experts
 */
record StreamedLayer(
        int layer,
        AttentionWeights attention,
        @Nullable DenseWeights denseOrNull,
        @Nullable RouterWeights routerOrNull,
        @Nullable BoundExperts expertsOrNull)
        implements LayerWeights {

    @Override
    public DenseWeights dense() {
        return Objects.requireNonNull(denseOrNull, "a layer of experts");
    }

    @Override
    public RouterWeights router() {
        return Objects.requireNonNull(routerOrNull, "a dense layer");
    }

    @Override
    public Lease<ExpertWeights> experts(int... ids) {
        BoundExperts own = Objects.requireNonNull(expertsOrNull, "a dense layer");
        own.schedule().chosen(layer, ids);
        OneByOne lent = new OneByOne(layer, own);
        return new Borrowed<>(lent, lent::release);
    }

    /** Lends one expert at a time: the next one frees the one before it. */
    private static final class OneByOne implements ExpertWeights {
        private final int layer;
        private final BoundExperts experts;
        private @Nullable WeightLease current;

        OneByOne(int layer, BoundExperts experts) {
            this.layer = layer;
            this.experts = experts;
        }

        @Override
        public GatedWeights expert(int id) {
            release();
            WeightLease lease = experts.acquire(layer, id);
            current = lease;
            return experts.weights(layer, id, lease);
        }

        void release() {
            WeightLease lease = current;
            current = null;
            if (lease != null) {
                lease.close();
            }
        }
    }
}
