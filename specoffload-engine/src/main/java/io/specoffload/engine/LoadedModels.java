package io.specoffload.engine;

import io.specoffload.backend.Backend;
import io.specoffload.backend.cpu.CpuBackend;
import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.execution.ForwardExecutor;
import io.specoffload.execution.ResidentExecutor;
import io.specoffload.execution.ResidentWeights;
import io.specoffload.format.GgufFile;
import io.specoffload.format.ModelFile;
import io.specoffload.format.ModelFormatException;
import io.specoffload.kv.KvLayout;
import io.specoffload.kv.PagedKvCache;
import io.specoffload.model.DecoderModel;
import io.specoffload.model.ModelConfig;
import io.specoffload.model.ModelLoader;
import io.specoffload.model.WeightBinder;
import io.specoffload.pipeline.PipelineSettings;
import io.specoffload.speculative.Drafter;
import io.specoffload.speculative.ModelDrafter;
import io.specoffload.speculative.PromptLookupDrafter;
import io.specoffload.telemetry.RoutingListener;
import io.specoffload.telemetry.RoutingStatistics;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Tensor;
import io.specoffload.tokenizer.ChatTemplate;
import io.specoffload.tokenizer.Tokenizer;
import io.specoffload.tokenizer.Tokenizers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that an engine loads: backend, target, maybe a draft model, tokenizer, template. Owns all of it; closing
 * releases it in reverse order of loading.
 */
final class LoadedModels implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LoadedModels.class);

    /** Context length where neither the configuration nor the model asks for less. */
    private static final int DEFAULT_CONTEXT = 4096;

    private final EngineConfig config;
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();
    private final Backend backend;
    private final LoadedModel target;
    private final @Nullable LoadedModel draft;
    private final @Nullable Drafter drafter;
    private final int contextLength;
    private final int producibleTokens;
    private final Tokenizer tokenizer;
    private final ChatTemplate chatTemplate;

    private LoadedModels(EngineConfig config) {
        this.config = config;
        try {
            ModelFile targetFile = own(open(config.targetModel(), "target"));
            tokenizer = Tokenizers.from(targetFile.metadata());
            chatTemplate = ChatTemplate.from(targetFile.metadata(), tokenizer.vocabulary());
            contextLength = contextLength(ModelConfig.read(targetFile));
            backend = own(backend());
            target = load(targetFile, config.targetModel());
            producibleTokens = Math.min(
                    ModelPair.producible(tokenizer.vocabulary()),
                    target.executor().vocabulary());
            draft = config.draftModel() == null || config.candidates() == 0 ? null : loadDraft(config.draftModel());
            drafter = drafter();
        } catch (RuntimeException | Error failure) {
            close();
            throw failure;
        }
    }

    /**
     * Opens, checks and loads what the configuration names.
     *
     * @throws UncheckedIOException if a file cannot be read
     * @throws ModelFormatException if a file is damaged or not supported
     * @throws ModelPairException if the draft model does not fit the target model
     */
    static LoadedModels load(EngineConfig config) {
        long start = System.nanoTime();
        LoadedModels models = new LoadedModels(config);
        log.info(
                "Loaded {}{} on {} in {} ms",
                models.target.describe(),
                models.draft == null ? "" : " with draft " + models.draft.describe(),
                models.backend.description(),
                (System.nanoTime() - start) / 1_000_000);
        return models;
    }

    /** A model, its executor, and its file's facts. */
    private record LoadedModel(
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

    private int contextLength(ModelConfig targetConfig) {
        Integer wanted = config.contextLength();
        return wanted != null ? wanted : Math.min(targetConfig.contextLength(), DEFAULT_CONTEXT);
    }

    private Backend backend() {
        int threads = config.threads() == 0 ? Runtime.getRuntime().availableProcessors() : config.threads();
        KernelChoice choice = switch (config.kernels()) {
            case AUTO -> KernelChoice.AUTO;
            case SCALAR -> KernelChoice.SCALAR;
            case VECTOR -> KernelChoice.VECTOR;
        };
        return new CpuBackend(threads, choice);
    }

    private LoadedModel loadDraft(Path path) {
        ModelFile file = own(open(path, "draft"));
        ModelPair.check(tokenizer.vocabulary(), Tokenizers.from(file.metadata()).vocabulary());
        return load(file, path);
    }

    private LoadedModel load(ModelFile file, Path path) {
        DecoderModel model = ModelLoader.load(file, contextLength);
        ModelConfig modelConfig = model.config();
        ResidentWeights weights = ResidentWeights.bind(
                new WeightBinder(modelConfig, file, backend.kernels().weightTypes()));
        KvLayout layout = modelConfig.kvLayout(config.kvType() == EngineConfig.KvType.F16 ? DType.F16 : DType.F32);
        // every slot can hold a full context and the candidates beyond it: pages never run out
        int pages = Math.multiplyExact(config.slots(), KvLayout.pagesFor(contextLength + config.candidates() + 1));
        int rows = Math.max(config.prefillChunk(), config.slots()) + config.slots() * config.candidates();
        ModelConfig.ExpertConfig experts = modelConfig.experts();
        RoutingStatistics routing =
                experts == null ? null : new RoutingStatistics(modelConfig.layers(), experts.count());
        ForwardExecutor executor = new ResidentExecutor(
                model,
                weights,
                backend,
                new PagedKvCache(layout, pages),
                Math.min(rows, 512),
                routing == null ? RoutingListener.NONE : routing);
        return new LoadedModel(own(executor), info(file, path, modelConfig), routing);
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

    private @Nullable Drafter drafter() {
        if (draft != null) {
            return new ModelDrafter(draft.executor(), producibleTokens);
        }
        return config.promptLookup() && config.candidates() > 0 ? new PromptLookupDrafter() : null;
    }

    private static ModelFile open(Path path, String role) {
        try {
            return GgufFile.open(path);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the " + role + " model " + path, e);
        }
    }

    private <T extends AutoCloseable> T own(T resource) {
        resources.push(resource);
        return resource;
    }

    /** How many experts the target's passes touch, or null for a dense model. */
    @Nullable
    RoutingStatistics routing() {
        return target.routing();
    }

    ForwardExecutor target() {
        return target.executor();
    }

    /** Proposes candidates, or null for plain decoding. */
    @Nullable
    Drafter draftSource() {
        return drafter;
    }

    Tokenizer tokenizer() {
        return tokenizer;
    }

    ChatTemplate chatTemplate() {
        return chatTemplate;
    }

    /** Positions per sequence. */
    int contextLength() {
        return contextLength;
    }

    /** Tokens that may be sampled: the vocabulary without padding, and no more than the target has logits for. */
    int producibleTokens() {
        return Math.min(
                ModelPair.producible(tokenizer.vocabulary()), target.executor().vocabulary());
    }

    PipelineSettings settings() {
        return new PipelineSettings(config.slots(), config.queueCapacity(), config.candidates(), config.prefillChunk());
    }

    EngineInfo info() {
        long kvBytes = target.executor().kvCache().byteSize()
                + (draft == null ? 0 : draft.executor().kvCache().byteSize());
        return new EngineInfo(
                target.info(),
                draft == null ? null : draft.info(),
                backend.description(),
                contextLength,
                config.slots(),
                config.queueCapacity(),
                kvBytes);
    }

    int kvPages() {
        return target.executor().kvCache().pages()
                + (draft == null ? 0 : draft.executor().kvCache().pages());
    }

    int kvPagesInUse() {
        return target.executor().kvCache().pagesInUse()
                + (draft == null ? 0 : draft.executor().kvCache().pagesInUse());
    }

    @Override
    public void close() {
        while (!resources.isEmpty()) {
            try {
                resources.pop().close();
            } catch (Exception e) {
                log.warn("Something did not close cleanly", e);
            }
        }
    }
}
