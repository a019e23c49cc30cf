package io.specoffload.execution;

import io.specoffload.execution.StreamedWeights.Borrowed;
import io.specoffload.execution.StreamedWeights.BoundExperts;
import io.specoffload.execution.StreamedWeights.BoundPart;
import io.specoffload.model.AttentionWeights;
import io.specoffload.model.DenseWeights;
import io.specoffload.model.ExpertWeights;
import io.specoffload.model.GatedWeights;
import io.specoffload.model.LayerWeights;
import io.specoffload.model.RouterWeights;
import io.specoffload.model.WeightBinder;
import io.specoffload.store.Part;
import io.specoffload.store.WeightLease;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One layer of a model whose weights stream. */
final class StreamedLayer implements LayerWeights {

    private final int layer;
    private final BoundPart<AttentionWeights> attention;
    private final BoundPart<DenseWeights> dense;
    private final BoundPart<RouterWeights> router;
    private final @Nullable BoundExperts experts;

    StreamedLayer(StreamedWeights weights, int layer, @Nullable BoundExperts experts) {
        this.layer = layer;
        this.attention = new BoundPart<>(weights, layer, Part.ATTENTION, WeightBinder::attention);
        this.dense = new BoundPart<>(weights, layer, Part.FEED_FORWARD, WeightBinder::dense);
        this.router = new BoundPart<>(weights, layer, Part.FEED_FORWARD, WeightBinder::router);
        this.experts = experts;
    }

    @Override
    public Lease<AttentionWeights> attention() {
        return attention.lease();
    }

    @Override
    public Lease<DenseWeights> dense() {
        return dense.lease();
    }

    @Override
    public Lease<RouterWeights> router() {
        return router.lease();
    }

    @Override
    public Lease<ExpertWeights> experts(int... ids) {
        BoundExperts own = Objects.requireNonNull(experts, "a dense layer");
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
