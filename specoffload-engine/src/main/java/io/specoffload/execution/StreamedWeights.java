package io.specoffload.execution;

import io.specoffload.model.GatedWeights;
import io.specoffload.model.LayerWeights;
import io.specoffload.model.LayerWeights.Lease;
import io.specoffload.model.ModelConfig;
import io.specoffload.model.ModelWeights;
import io.specoffload.model.OuterWeights;
import io.specoffload.model.WeightBinder;
import io.specoffload.store.ExpertCache;
import io.specoffload.store.Part;
import io.specoffload.store.StreamPlan.HeadPiece;
import io.specoffload.store.TensorStore;
import io.specoffload.store.WeightLease;
import io.specoffload.store.WeightStream;
import io.specoffload.telemetry.StallCause;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Shape;
import io.specoffload.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;
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
            layers.add(new StreamedLayer(this, layer, bound));
        }
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
        return new WeightBinder(config, tensors, types);
    }

    TensorStore store() {
        return store;
    }

    WeightStream stream() {
        return Objects.requireNonNull(store.stream(), "nothing streams");
    }

    /** Something that is borrowed as long as its buffer. */
    record Borrowed<T>(T weights, Runnable release) implements Lease<T> {

        static <T> Borrowed<T> forever(T weights) {
            return new Borrowed<>(weights, () -> {});
        }

        @Override
        public void close() {
            release.run();
        }
    }

    /**
     * The weights of one part of a layer, bound once for each staging buffer that they arrive in.
     *
     * @param <T> kind of weights
     */
    static final class BoundPart<T> {
        private final StreamedWeights weights;
        private final int unit;
        private final Part part;
        private final int layer;
        private final BiFunction<WeightBinder, Integer, T> bind;
        private final List<@Nullable T> bySlot;
        private @Nullable T resident;

        BoundPart(StreamedWeights weights, int layer, Part part, BiFunction<WeightBinder, Integer, T> bind) {
            this.weights = weights;
            this.layer = layer;
            this.part = part;
            this.bind = bind;
            int unitOfLayer = weights.store().plan().unitOf(layer);
            boolean streams = unitOfLayer >= 0
                    && weights.store().plan().units().get(unitOfLayer).has(part);
            this.unit = streams ? unitOfLayer : -1;
            int slots = streams ? weights.stream().depth() : 0;
            this.bySlot = new ArrayList<>(Collections.nCopies(slots, null));
        }

        Lease<T> lease() {
            if (unit < 0) {
                T known = resident;
                if (known == null) {
                    known = bind.apply(weights.binder(StoredTensors.resident(weights.store())), layer);
                    resident = known;
                }
                return Borrowed.forever(known);
            }
            WeightLease lease = weights.stream().acquire(unit, part, StallCause.LAYER_WEIGHTS);
            T known = bySlot.get(lease.slot());
            if (known == null) {
                StoredTensors tensors = new StoredTensors(
                        weights.store(), weights.store().plan().units().get(unit), lease);
                known = bind.apply(weights.binder(tensors), layer);
                bySlot.set(lease.slot(), known);
            }
            return new Borrowed<>(known, lease.release());
        }
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
        public int headPieces() {
            return residentPieces() + store.plan().head().size();
        }

        /** All of the head, or its first rows, or none of it. */
        private int residentPieces() {
            return store.resident(store.plan().headName()).isPresent() ? 1 : 0;
        }

        @Override
        public Lease<HeadRows> head(int piece) {
            String name = store.plan().headName();
            if (piece < residentPieces()) {
                return Borrowed.forever(new HeadRows(store.resident(name).orElseThrow(), 0));
            }
            HeadPiece rows = store.plan().head().get(piece - residentPieces());
            WeightLease lease = stream().acquire(rows.unit(), Part.OUTPUT_HEAD, StallCause.OUTPUT_HEAD);
            long offset = store.plan().units().get(rows.unit()).offset(name).orElseThrow();
            Shape shape = new Shape(config.width(), rows.rows());
            DType type = store.index().entry(name).orElseThrow().type();
            Tensor weight =
                    new Tensor(name, type, shape, lease.memory().asSlice(offset, type.bytesFor(shape.elements())));
            return new Borrowed<>(new HeadRows(weight, rows.from()), lease.release());
        }
    }
}
