package io.specoffload.execution;

import io.specoffload.format.ModelFile;
import io.specoffload.format.ModelFormatException;
import io.specoffload.model.AttentionWeights;
import io.specoffload.model.DenseWeights;
import io.specoffload.model.ExpertWeights;
import io.specoffload.model.GatedWeights;
import io.specoffload.model.LayerWeights;
import io.specoffload.model.ModelConfig;
import io.specoffload.model.ModelConfig.ExpertConfig;
import io.specoffload.model.ModelWeights;
import io.specoffload.model.OuterWeights;
import io.specoffload.model.RouterWeights;
import io.specoffload.model.WeightBinder;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Tensor;
import io.specoffload.tensor.TensorRole;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All weights of a model in memory at once: views of an open file, valid as long as it is open. Nothing is ever waited
 * for, so leases cost nothing.
 */
public final class ResidentWeights implements ModelWeights {

    private final OuterWeights outer;
    private final List<LayerWeights> layers = new ArrayList<>();

    private ResidentWeights(OuterWeights outer) {
        this.outer = outer;
    }

    /**
     * Binds every tensor of a file.
     *
     * @param types element types that the backend computes with
     * @throws ModelFormatException if a tensor is missing, of a wrong shape or an unsupported type, or if the file has
     *     one that the architecture does not use: its result would be silently wrong
     */
    public static ResidentWeights bind(ModelConfig config, ModelFile file, Set<DType> types) {
        WeightBinder binder = new WeightBinder(config, file::tensor, types);
        ResidentWeights weights = new ResidentWeights(binder.outer());
        for (int layer = 0; layer < config.layers(); layer++) {
            weights.layers.add(ResidentLayer.bind(config, binder, layer));
        }
        for (Tensor tensor : file.tensors()) {
            boolean used = binder.used().contains(tensor.name());
            if (!used && TensorRole.of(tensor.name()) != TensorRole.ROPE_FACTORS) {
                throw new ModelFormatException("tensor " + tensor.name() + " has no place in the architecture "
                        + config.architecture().name());
            }
        }
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

    private record Resident<T>(T weights) implements LayerWeights.Lease<T> {
        @Override
        public void close() {
            // stays where it is
        }
    }

    private record ResidentLayer(
            Resident<AttentionWeights> attention,
            @Nullable Resident<DenseWeights> denseOrNull,
            @Nullable Resident<RouterWeights> routerOrNull,
            @Nullable Resident<ExpertWeights> expertsOrNull)
            implements LayerWeights {

        static ResidentLayer bind(ModelConfig config, WeightBinder binder, int layer) {
            Resident<AttentionWeights> attention = new Resident<>(binder.attention(layer));
            ExpertConfig experts = config.experts();
            if (experts == null) {
                return new ResidentLayer(attention, new Resident<>(binder.dense(layer)), null, null);
            }
            List<GatedWeights> all = new ArrayList<>();
            for (int id = 0; id < experts.count(); id++) {
                all.add(binder.expert(layer, id));
            }
            return new ResidentLayer(attention, null, new Resident<>(binder.router(layer)), new Resident<>(all::get));
        }

        @Override
        public Lease<DenseWeights> dense() {
            return Objects.requireNonNull(denseOrNull, "a layer of experts");
        }

        @Override
        public Lease<RouterWeights> router() {
            return Objects.requireNonNull(routerOrNull, "a dense layer");
        }

        @Override
        public Lease<ExpertWeights> experts(int... ids) {
            return Objects.requireNonNull(expertsOrNull, "a dense layer");
        }
    }
}
