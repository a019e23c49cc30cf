package io.specoffload.engine;

import io.specoffload.backend.Backend;
import io.specoffload.backend.cpu.CpuBackend;
import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.execution.ComputeGate;
import io.specoffload.execution.ForwardExecutor;
import io.specoffload.execution.YieldingWeights;
import io.specoffload.format.GgufFile;
import io.specoffload.format.ModelFormatException;
import io.specoffload.model.ModelConfig;
import io.specoffload.model.ModelWeights;
import io.specoffload.pipeline.PipelineResources;
import io.specoffload.pipeline.PipelineSettings;
import io.specoffload.speculative.Drafter;
import io.specoffload.speculative.ModelDrafter;
import io.specoffload.speculative.PromptLookupDrafter;
import io.specoffload.telemetry.RoutingStatistics;
import io.specoffload.telemetry.StallListener;
import io.specoffload.telemetry.StreamMonitor;
import io.specoffload.tokenizer.ChatTemplate;
import io.specoffload.tokenizer.Tokenizer;
import io.specoffload.tokenizer.Tokenizers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that an engine loads: backend, target, maybe a draft model, tokenizer, template. Owns all of it; closing
 * releases it in reverse order of loading.
 */
final class LoadedModels implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LoadedModels.class);

    private final EngineConfig config;
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();
    private final ComputeGate gate = new ComputeGate();
    private final Backend backend;
    private final MemoryPlan memory;
    private final ModelLoading.Loaded target;
    private final ModelLoading.@Nullable Loaded draft;
    private final @Nullable Drafter drafter;
    private final int contextLength;
    private final int producibleTokens;
    private final Tokenizer tokenizer;
    private final ChatTemplate chatTemplate;

    private LoadedModels(EngineConfig config) {
        this.config = config;
        try {
            GgufFile targetFile = own(open(config.targetModel(), "target"));
            tokenizer = Tokenizers.from(targetFile.metadata());
            chatTemplate = ChatTemplate.from(targetFile.metadata(), tokenizer.vocabulary());
            MemoryPlanning sizes = MemoryPlanning.of(config, ModelConfig.read(targetFile));
            contextLength = sizes.contextLength();
            backend = own(backend());
            GgufFile draftFile =
                    config.draftModel() == null || config.candidates() == 0 ? null : openDraft(config.draftModel());
            ModelLoading loading = new ModelLoading(config, backend, sizes, this::own);
            memory = sizes.plan(targetFile, draftFile);
            target = memory.placement() == null
                    ? loading.resident(
                            targetFile, config.targetModel(), MemoryPlanning.RESIDENT_ROWS, weights -> weights)
                    : loading.streamed(targetFile, config.targetModel(), memory.placement());
            producibleTokens = Math.min(
                    ModelPair.producible(tokenizer.vocabulary()),
                    target.executor().vocabulary());
            draft = draftFile == null || config.draftModel() == null
                    ? null
                    : memory.streams()
                            ? loading.copied(draftFile, config.draftModel(), MemoryPlanning.DRAFT_ROWS, this::yielding)
                            : loading.resident(
                                    draftFile, config.draftModel(), MemoryPlanning.DRAFT_ROWS, this::yielding);
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
     * @throws MemoryBudgetException if the models do not fit the memory budget, not even streamed
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
        OptimizingCompiler.missing(ManagementFactory.getRuntimeMXBean().getInputArguments())
                .ifPresent(log::warn);
        if (models.memory.streams()) {
            log.info(
                    "The target's weights stream from disk; memory: {} of {}",
                    MemoryPlan.describe(models.memory.items()),
                    MemoryPlan.mebibytes(models.memory.budget()));
        }
        return models;
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

    private GgufFile openDraft(Path path) {
        GgufFile file = own(open(path, "draft"));
        ModelPair.check(tokenizer.vocabulary(), Tokenizers.from(file.metadata()).vocabulary());
        return file;
    }

    private @Nullable Drafter drafter() {
        if (draft != null) {
            return new ModelDrafter(draft.executor(), producibleTokens, MemoryPlanning.DRAFT_ROWS);
        }
        return config.promptLookup() && config.candidates() > 0 ? new PromptLookupDrafter() : null;
    }

    private static GgufFile open(Path path, String role) {
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
        return producibleTokens;
    }

    /** What the engine takes of main memory. */
    MemoryPlan memory() {
        return memory;
    }

    /**
     * Anonymous memory outside of the Java heap that is taken now. Headers and working memory lie on the heap, the loading
     * buffers are gone, and caches take memory only as they grow.
     */
    Map<String, Long> nativeMemory() {
        Map<String, Long> items = new LinkedHashMap<>();
        if (memory.streams()) {
            MemoryPlanner.NATIVE_WEIGHTS.forEach(
                    item -> items.put(item, memory.items().getOrDefault(item, 0L)));
        }
        items.put(
                "KV cache",
                target.executor().kvCache().allocatedBytes()
                        + (draft == null ? 0 : draft.executor().kvCache().allocatedBytes()));
        items.put("matrix products", backend.kernels().nativeBytes());
        return items;
    }

    PipelineSettings settings() {
        PipelineSettings.Groups groups = config.serial()
                ? PipelineSettings.Groups.ONE
                : PipelineSettings.Groups.valueOf(config.groups().name());
        return new PipelineSettings(
                config.slots(),
                config.queueCapacity(),
                config.candidates(),
                config.adaptiveCandidates(),
                config.prefillChunk(),
                groups,
                limits());
    }

    /** What the demand asks for, as far as it is left to measured costs how to keep to it. */
    private PipelineSettings.Limits limits() {
        Planning planning = config.planning();
        return new PipelineSettings.Limits(
                planning.open().contains(Planning.Knob.PREFILL_CHUNK)
                        ? planning.demand().mostPauseSeconds()
                        : null,
                planning.demand().mostSecondsPerToken());
    }

    /** Drafting gives way to verification, layer by layer. */
    private ModelWeights yielding(ModelWeights weights) {
        return new YieldingWeights(weights, gate);
    }

    /**
     * Both models compute on the same device; drafting gives way to verification, but for the time that verification
     * waits for weights.
     */
    PipelineResources resources() {
        PipelineResources shared = PipelineResources.shared(gate);
        StreamMonitor monitor = target.executor().streaming().orElse(null);
        if (monitor == null) {
            return shared;
        }
        monitor.counters().listen(new StallListener() {
            @Override
            public void stallBegins() {
                gate.foregroundWaits();
            }

            @Override
            public void stallEnds() {
                gate.foregroundComputes();
            }
        });
        return new PipelineResources(
                shared.clock(),
                shared.draftLane(),
                new StreamedSweepCosts(monitor, target.info().layers(), config.serial()),
                gate,
                true);
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
