package io.specoffload.execution;

import io.specoffload.model.AttentionWeights;
import io.specoffload.model.DenseWeights;
import io.specoffload.model.ExpertWeights;
import io.specoffload.model.GatedWeights;
import io.specoffload.model.LayerWeights;
import io.specoffload.model.Lease;
import io.specoffload.model.LentMatrix;
import io.specoffload.model.ModelConfig.ExpertConfig;
import io.specoffload.model.ModelWeights;
import io.specoffload.model.OuterTensors;
import io.specoffload.model.OuterWeights;
import io.specoffload.model.RouterWeights;
import io.specoffload.model.WeightBinder;
import io.specoffload.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * All weights of a model in memory at once: views of an open file, valid as long as it is open. Nothing is ever waited
 * for, so leases cost nothing.
 */
public final class ResidentWeights implements ModelWeights {

    private final OuterWeights outer;
    private final List<LayerWeights> layers = new ArrayList<>();

    private ResidentWeights(OuterTensors outer) {
        this.outer = new ResidentOuter(outer);
    }

    /**
     * Binds every tensor of a file.
     *
     * @throws io.specoffload.format.ModelFormatException if a tensor is missing, of a wrong shape or an unsupported
     *     type, or of no use
     */
    public static ResidentWeights bind(WeightBinder binder) {
        ResidentWeights weights = new ResidentWeights(binder.outer());
        for (int layer = 0; layer < binder.config().layers(); layer++) {
            weights.layers.add(ResidentLayer.bind(binder, layer));
        }
        binder.requireAllUsed();
        return weights;
    }

    @Override
    public OuterWeights outer() {
        return outer;
    }

    @Override
    public LayerWeights layer(int index) {
        return layers.get(index);
    }

    private record Resident<T>(T weights) implements Lease<T> {
        @Override
        public void close() {
            // stays where it is
        }
    }

    private record ResidentOuter(OuterTensors tensors) implements OuterWeights {

        @Override
        public Lease<EmbeddingRows> embedding(int[] tokens, int n) {
            return new Resident<>(new EmbeddingRows(tensors.embedding(), tokens));
        }

        @Override
        public Tensor norm() {
            return tensors.norm();
        }

        @Override
        public LentMatrix head() {
            return tensors.head();
        }
    }

    private record ResidentLayer(
            AttentionWeights attention,
            @Nullable DenseWeights denseOrNull,
            @Nullable RouterWeights routerOrNull,
            @Nullable Resident<ExpertWeights> expertsOrNull)
            implements LayerWeights {

        static ResidentLayer bind(WeightBinder binder, int layer) {
            AttentionWeights attention = binder.attention(layer);
            ExpertConfig experts = binder.config().experts();
            if (experts == null) {
                return new ResidentLayer(attention, binder.dense(layer), null, null);
            }
            List<GatedWeights> all = new ArrayList<>();
            for (int id = 0; id < experts.count(); id++) {
                all.add(binder.expert(layer, id));
            }
            return new ResidentLayer(attention, null, binder.router(layer), new Resident<>(all::get));
        }

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
            return Objects.requireNonNull(expertsOrNull, "a dense layer");
        }
    }
}
