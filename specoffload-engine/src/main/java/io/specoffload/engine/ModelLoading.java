package io.specoffload.engine;

import io.specoffload.backend.Backend;
import io.specoffload.execution.ExpertPredictor;
import io.specoffload.execution.ForwardExecutor;
import io.specoffload.execution.OffloadedExecutor;
import io.specoffload.execution.ReadAhead;
import io.specoffload.execution.ResidentExecutor;
import io.specoffload.execution.ResidentWeights;
import io.specoffload.format.GgufFile;
import io.specoffload.format.GgufHeader;
import io.specoffload.format.ModelFile;
import io.specoffload.format.TensorIndex;
import io.specoffload.kv.PagedKvCache;
import io.specoffload.model.DecoderModel;
import io.specoffload.model.ModelConfig;
import io.specoffload.model.ModelLoader;
import io.specoffload.model.ModelWeights;
import io.specoffload.model.WeightBinder;
import io.specoffload.placement.Placement;
import io.specoffload.placement.PlacementStrategy;
import io.specoffload.placement.Tier;
import io.specoffload.store.FileBlockReader;
import io.specoffload.store.StoreSettings;
import io.specoffload.store.TensorStore;
import io.specoffload.store.WeightReadException;
import io.specoffload.telemetry.RoutingListener;
import io.specoffload.telemetry.RoutingStatistics;
import io.specoffload.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Makes executors of model files: mapped, read into memory, or streamed. */
final class ModelLoading {

    private final EngineConfig config;
    private final Backend backend;
    private final MemoryPlanning memory;
    private final Consumer<AutoCloseable> owner;

    /** A model, its executor, and its file's facts. */
    record Loaded(
            ForwardExecutor executor,
            EngineInfo.ModelInfo info,
            @Nullable RoutingStatistics routing) {
        String describe() {
            return String.format(
                    Locale.ROOT,
                    "%s (%s, %.1f M parameters, %.1f MiB)",
                    info.name(),
                    info.architecture(),
                    info.parameters() / 1e6,
                    info.bytes() / 1048576.0);
        }
    }

    /**
     * @param memory sizes of caches and passes
     * @param owner is given whatever must be closed, in the order of its making
     */
    ModelLoading(EngineConfig config, Backend backend, MemoryPlanning memory, Consumer<AutoCloseable> owner) {
        this.config = config;
        this.backend = backend;
        this.memory = memory;
        this.owner = owner;
    }

    /**
     * All weights mapped: pages come in when they are touched, and stay as long as there is room.
     *
     * @param mostRows that are computed at once
     * @param use what is made of the weights before they are used
     */
    Loaded resident(GgufFile file, Path path, int mostRows, UnaryOperator<ModelWeights> use) {
        return resident(file, file, path, mostRows, use);
    }

    /** All weights read into memory of their own, which does not depend on the page cache. Closes the file. */
    Loaded copied(GgufFile file, Path path, int mostRows, UnaryOperator<ModelWeights> use) {
        Map<String, Tier> tiers = new LinkedHashMap<>();
        file.index().entries().forEach(entry -> tiers.put(entry.name(), Tier.HOST));
        validate(file);
        TensorStore store = store(
                file.index(),
                Placement.whole(tiers, Map.of()),
                settings(file.index(), 0, 0, 0),
                MemoryPlanning.reader(file));
        Loaded loaded = resident(file, store.residentFile(), path, mostRows, use);
        file.close();
        return loaded;
    }

    private Loaded resident(
            GgufFile file, ModelFile weightFile, Path path, int mostRows, UnaryOperator<ModelWeights> use) {
        ModelConfig modelConfig = ModelConfig.read(file);
        DecoderModel model = ModelLoader.load(modelConfig, weightFile, memory.contextLength());
        ModelWeights weights = use.apply(ResidentWeights.bind(
                new WeightBinder(modelConfig, weightFile, backend.kernels().weightTypes())));
        PagedKvCache cache = new PagedKvCache(memory.kvLayout(modelConfig), memory.kvPages());
        RoutingStatistics routing = routing(modelConfig);
        ForwardExecutor executor =
                new ResidentExecutor(model, weights, backend, cache, memory.rows(mostRows), listener(routing));
        owner.accept(executor);
        return new Loaded(executor, info(file, path, modelConfig), routing);
    }

    /** Weights stream, except for those that stay according to the placement. Closes the file: nothing stays mapped. */
    Loaded streamed(GgufFile file, Path path, PlacementStrategy.Outcome outcome) {
        ModelConfig modelConfig = ModelConfig.read(file);
        validate(file);
        EngineInfo.ModelInfo info = info(file, path, modelConfig);
        FileBlockReader reader = MemoryPlanning.reader(file);
        file.close();
        StoreSettings settings =
                settings(file.index(), outcome.stagingUnits(), outcome.unitBytes(), outcome.expertSlots());
        TensorStore store = store(file.index(), outcome.placement(), settings, reader);
        DecoderModel model = ModelLoader.load(modelConfig, store.residentFile(), memory.contextLength());
        PagedKvCache cache = new PagedKvCache(memory.kvLayout(modelConfig), memory.kvPages());
        RoutingStatistics routing = routing(modelConfig);
        ForwardExecutor executor = new OffloadedExecutor(
                model,
                store,
                backend,
                cache,
                memory.rows(MemoryPlanning.STREAMED_ROWS),
                ExpertPredictor.ROUTER_AHEAD,
                config.serial() ? ReadAhead.DURING_PASSES : ReadAhead.ALWAYS,
                listener(routing));
        owner.accept(executor);
        return new Loaded(executor, info, routing);
    }

    private static @Nullable RoutingStatistics routing(ModelConfig model) {
        ModelConfig.ExpertConfig experts = model.experts();
        return experts == null ? null : new RoutingStatistics(model.layers(), experts.count());
    }

    private static RoutingListener listener(@Nullable RoutingStatistics routing) {
        return routing == null ? RoutingListener.NONE : routing;
    }

    /** Refuses what the architecture lacks or does not know; touches no weight. */
    private void validate(GgufFile file) {
        ResidentWeights.bind(
                new WeightBinder(ModelConfig.read(file), file, backend.kernels().weightTypes()));
    }

    private StoreSettings settings(TensorIndex index, int stagingUnits, long unitBytes, int expertSlots) {
        return new StoreSettings(
                stagingUnits,
                unitBytes,
                expertSlots,
                memory.rows(MemoryPlanning.STREAMED_ROWS),
                MemoryPlanner.pieceBytes(index),
                StoreSettings.DEFAULT_READERS,
                config.offload().readRate());
    }

    private TensorStore store(TensorIndex index, Placement placement, StoreSettings settings, FileBlockReader reader) {
        reader.forgetHeaders(index.parts().stream().map(GgufHeader::dataStart).toList());
        try {
            TensorStore store = TensorStore.open(index, placement, settings, reader);
            owner.accept(store);
            return store;
        } catch (WeightReadException e) {
            throw new UncheckedIOException(
                    String.valueOf(e.getMessage()), e.getCause() instanceof IOException io ? io : new IOException(e));
        }
    }

    private static EngineInfo.ModelInfo info(ModelFile file, Path path, ModelConfig modelConfig) {
        return new EngineInfo.ModelInfo(
                file.metadata().string("general.name").orElse(file.name()),
                path.toString(),
                file.metadata().string("general.architecture").orElse("unknown"),
                file.tensors().stream()
                        .mapToLong(tensor -> tensor.shape().elements())
                        .sum(),
                file.tensors().stream().mapToLong(Tensor::byteSize).sum(),
                modelConfig.layers(),
                modelConfig.vocabulary(),
                modelConfig.contextLength());
    }
}
