package io.specoffload.engine;

import io.specoffload.chat.ChatOutputParser;
import io.specoffload.hardware.HardwareProfile;
import io.specoffload.pipeline.DualBatchPipeline;
import io.specoffload.pipeline.PipelineCounters;
import io.specoffload.pipeline.PipelineResources;
import io.specoffload.pipeline.PipelineSnapshot;
import io.specoffload.pipeline.Sequence;
import io.specoffload.pipeline.SequenceSpec;
import io.specoffload.plan.Demand;
import io.specoffload.sampling.GrammarCompiler;
import io.specoffload.sampling.GrammarState;
import io.specoffload.sampling.Sampler;
import io.specoffload.sampling.SamplingParameters;
import io.specoffload.sampling.TokenRandom;
import io.specoffload.telemetry.RoutingStatistics;
import io.specoffload.telemetry.StreamMonitor;
import io.specoffload.template.TemplateException;
import io.specoffload.tokenizer.ChatTemplate;
import io.specoffload.tokenizer.Tokenizer;
import io.specoffload.tokenizer.Vocabulary;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine: one target model, maybe a draft model, and the pipeline that runs them. {@link #open} loads the models;
 * {@link #close} ends the threads, then frees the memory.
 */
public final class SpecOffloadEngine implements InferenceEngine {

    private static final Logger log = LoggerFactory.getLogger(SpecOffloadEngine.class);

    private final EngineConfig asked;
    private final EngineConfig config;
    private final LoadedModels models;
    private final DualBatchPipeline pipeline;
    private final GrammarCompiler grammars;
    private final @Nullable EnginePlan plan;
    private final double warmUpSeconds;
    private final ExecutorService listeners = Executors.newVirtualThreadPerTaskExecutor();
    private final SecureRandom freshSeeds = new SecureRandom();
    private final AtomicLong requests = new AtomicLong();
    private final AtomicLong rejected = new AtomicLong();

    private SpecOffloadEngine(EngineConfig asked, LoadedModels models, @Nullable EnginePlan plan) {
        this.asked = asked;
        this.config = plan == null ? asked : plan.config();
        this.plan = plan;
        this.models = models;
        this.grammars = new GrammarCompiler(models.tokenizer().vocabulary());
        this.warmUpSeconds = new WarmUp(models, config).run();
        PipelineResources resources = models.resources();
        this.pipeline = new DualBatchPipeline(
                models.target(),
                models.draftSource(),
                models.settings(),
                plan == null ? resources : resources.withForecast(plan.forecast()));
    }

    /**
     * Plans what the configuration leaves open, loads the models, warms up for as long as the configuration says, and
     * starts the engine.
     *
     * @throws java.io.UncheckedIOException if a file cannot be read
     * @throws io.specoffload.format.ModelFormatException if a file is damaged or not supported
     * @throws ModelPairException if the draft model does not fit the target model
     * @throws MemoryBudgetException if the models do not fit the memory budget, not even streamed
     */
    public static SpecOffloadEngine open(EngineConfig config) {
        EnginePlan plan = EnginePlanner.plan(config).orElse(null);
        if (plan != null && plan.config().kvType() != config.kvType()) {
            log.warn(
                    "The KV caches have elements of {} instead of {}, as the plan chose: tokens may differ. Name the type"
                            + " to keep it",
                    plan.config().kvType(),
                    config.kvType());
        }
        if (plan != null && config.draftModel() != null && config.candidates() > 0 && !plan.loadsDraftModel()) {
            log.info(
                    "The draft model {} is not loaded, since candidates promise nothing here and its memory holds more of"
                            + " the target: {}. Set the number of candidates to load it all the same",
                    config.draftModel(),
                    plan.report().runnersUp().getFirst().reason());
        }
        LoadedModels models = LoadedModels.load(plan == null ? config : plan.config());
        try {
            return new SpecOffloadEngine(config, models, plan);
        } catch (RuntimeException | Error failure) {
            models.close();
            throw failure;
        }
    }

    /** The target's tokenizer. */
    public Tokenizer tokenizer() {
        return models.tokenizer();
    }

    /** The target's chat template. */
    public ChatTemplate chatTemplate() {
        return models.chatTemplate();
    }

    @Override
    public Generation submit(GenerationRequest request, GenerationListener listener) {
        if (pipeline.closed()) {
            throw new EngineClosedException("the engine is closed");
        }
        String rendered = request.prompt() instanceof Prompt.Chat chat ? render(chat) : "";
        int[] prompt = encode(request.prompt(), rendered);
        int room = models.contextLength() - prompt.length;
        if (room < 1) {
            throw new ContextLengthExceededException("the prompt is " + prompt.length
                    + " tokens long, but the context holds " + models.contextLength()
                    + " (one of them for the answer): shorten the prompt or configure a longer context");
        }
        ChatOutputParser parser = request.prompt() instanceof Prompt.Chat chat
                ? ChatOutputParser.of(models.chatTemplate(), rendered, chat.tools())
                : null;
        GenerationTask task = new GenerationTask("gen-" + requests.incrementAndGet(), listener, parser, listeners);
        int limit = request.maxTokens() == null ? room : Math.min(room, request.maxTokens());
        SequenceSpec spec = new SequenceSpec(
                prompt,
                sampler(request, prompt),
                limit,
                request.stop(),
                request.ignoreEos(),
                request.speculate(),
                parser != null,
                deadline(request.timeout()));
        Sequence sequence = new Sequence(spec, models.tokenizer(), task);
        task.attach(sequence);
        if (!pipeline.submit(sequence)) {
            if (pipeline.closed()) {
                throw new EngineClosedException("the engine is closed");
            }
            rejected.incrementAndGet();
            throw new EngineOverloadedException("all " + config.slots() + " slots are taken and "
                    + config.queueCapacity() + " requests wait already; try again later");
        }
        return task;
    }

    private String render(Prompt.Chat chat) {
        try {
            return models.chatTemplate().render(chat.messages(), chat.tools(), true, chat.variables());
        } catch (TemplateException e) {
            throw new IllegalArgumentException(
                    "the model's chat template refuses the conversation: " + e.getMessage(), e);
        }
    }

    private Sampler sampler(GenerationRequest request, int[] prompt) {
        SamplingParameters parameters = request.sampling();
        Long seed = parameters.seed();
        GrammarState grammar = request.outputSchema() == null
                ? null
                : grammars.jsonSchema(request.outputSchema()).start();
        return new Sampler(
                parameters,
                models.producibleTokens(),
                prompt,
                grammar,
                new TokenRandom(seed == null ? freshSeeds.nextLong() : seed));
    }

    private static long deadline(@Nullable Duration timeout) {
        return timeout == null ? SequenceSpec.NO_DEADLINE : System.nanoTime() + timeout.toNanos();
    }

    private int[] encode(Prompt prompt, String rendered) {
        return switch (prompt) {
            case Prompt.Text text -> requireTokens(models.tokenizer().encode(text.text(), true, false));
            case Prompt.Tokens tokens -> checkTokens(tokens.ids());
            case Prompt.Chat chat -> encodeChat(rendered);
        };
    }

    /** Templates write BOS themselves or not: it is added where the file asks for it and the text lacks it. */
    private int[] encodeChat(String text) {
        Tokenizer tokenizer = models.tokenizer();
        int[] ids = tokenizer.encode(text, false, true);
        Vocabulary vocabulary = tokenizer.vocabulary();
        if (!vocabulary.addBos() || vocabulary.bos().isEmpty()) {
            return requireTokens(ids);
        }
        int bos = vocabulary.bos().getAsInt();
        if (ids.length > 0 && ids[0] == bos) {
            return ids;
        }
        int[] withBos = new int[ids.length + 1];
        withBos[0] = bos;
        System.arraycopy(ids, 0, withBos, 1, ids.length);
        return withBos;
    }

    private int[] checkTokens(int[] ids) {
        for (int id : ids) {
            if (id < 0 || id >= models.producibleTokens()) {
                throw new IllegalArgumentException("prompt token " + id + " is not in the vocabulary (0 to "
                        + (models.producibleTokens() - 1) + ")");
            }
        }
        return requireTokens(ids);
    }

    private static int[] requireTokens(int[] ids) {
        if (ids.length == 0) {
            throw new IllegalArgumentException("the prompt is empty: there is no token to continue");
        }
        return ids;
    }

    @Override
    public GenerationResult generate(GenerationRequest request) {
        Generation generation = submit(request, new GenerationListener() {});
        CompletableFuture<GenerationResult> result = generation.result();
        try {
            return result.get();
        } catch (InterruptedException e) {
            generation.cancel();
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while waiting for " + generation.id());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException("the engine failed on " + generation.id(), e.getCause());
        }
    }

    @Override
    public Optional<EnginePlan> plan() {
        return Optional.ofNullable(plan);
    }

    @Override
    public Optional<EnginePlan> replan(HardwareProfile hardware) {
        List<Double> survival = pipeline.snapshot().survival();
        Demand demand = asked.planning().demand();
        Set<Planning.Knob> open = new HashSet<>(asked.planning().open());
        if (!survival.isEmpty()) {
            demand = demand.withAcceptance(survival.getFirst());
            open.add(Planning.Knob.DRAFT_MODEL);
        }
        return EnginePlanner.plan(
                asked.toBuilder().planning(new Planning(hardware, demand, open)).build());
    }

    @Override
    public Optional<StreamMonitor> streaming() {
        return models.target().streaming();
    }

    /** What the engine takes of main memory. */
    public MemoryPlan memory() {
        return models.memory();
    }

    /** Of that, what lies outside of the Java heap and is taken now; bytes by what they are for. */
    public Map<String, Long> nativeMemory() {
        return models.nativeMemory();
    }

    @Override
    public EngineInfo info() {
        return models.info();
    }

    @Override
    public PipelineSnapshot pipeline() {
        return pipeline.snapshot();
    }

    @Override
    public EngineStatistics statistics() {
        PipelineCounters counters = pipeline.counters();
        return new EngineStatistics(
                counters.running(),
                pipeline.queued(),
                requests.get() - rejected.get(),
                counters.completed(),
                counters.cancelled(),
                counters.failed(),
                rejected.get(),
                counters.promptTokens(),
                counters.completionTokens(),
                counters.rounds(),
                counters.drafted(),
                counters.accepted(),
                models.kvPagesInUse(),
                models.kvPages(),
                warmUpSeconds);
    }

    @Override
    public Optional<RoutingStatistics> routing() {
        return Optional.ofNullable(models.routing());
    }

    @Override
    public void cancelAll() {
        pipeline.cancelAll();
    }

    @Override
    public void close() {
        pipeline.close();
        listeners.shutdown();
        models.close();
    }
}
