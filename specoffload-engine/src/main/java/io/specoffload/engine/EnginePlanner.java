package io.specoffload.engine;

import io.specoffload.engine.Planning.Knob;
import io.specoffload.format.GgufFile;
import io.specoffload.format.GgufHeader;
import io.specoffload.hardware.DiskSpec;
import io.specoffload.hardware.HardwareProfile;
import io.specoffload.kv.KvLayout;
import io.specoffload.model.ModelConfig;
import io.specoffload.placement.PlacedTensor;
import io.specoffload.placement.PlacementStrategy;
import io.specoffload.plan.Demand;
import io.specoffload.plan.HostPolicyModel;
import io.specoffload.plan.IdleDraftModel;
import io.specoffload.plan.MemoryShape;
import io.specoffload.plan.PassTime;
import io.specoffload.plan.PlanReport;
import io.specoffload.plan.Planner;
import io.specoffload.plan.SearchSpace;
import io.specoffload.plan.Setting;
import io.specoffload.store.ExpertCache;
import io.specoffload.store.Footprint;
import io.specoffload.store.ResidentTensors;
import io.specoffload.tensor.DType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Plans an engine before it loads anything: reads the headers of the models, and searches what the configuration leaves
 * open.
 */
public final class EnginePlanner {

    /** What an 8-bit cache must promise: less would not be worth tokens that differ from those of the configured type. */
    private static final double KV_GAIN = 1.1;

    private static final int ALIGNMENT = 4096;
    private static final int MOST_CANDIDATES = 16;
    private static final int STAGING_SIZES = 12;
    private static final int LEAST_HEADROOM = 4;
    private static final List<Integer> SLOTS = List.of(1, 2, 4, 8, 16, 32, 64);
    private static final List<Integer> CHUNKS = List.of(32, 64, 128, 256, 512);

    private final EngineConfig config;
    private final HardwareProfile hardware;
    private final Demand demand;
    private final ModelFacts target;
    private final @Nullable ModelFacts draft;
    private final HostPolicyModel model;

    private EnginePlanner(
            EngineConfig config, HardwareProfile hardware, ModelFacts target, @Nullable ModelFacts draft) {
        this.config = config;
        this.hardware = hardware;
        this.demand = config.planning().demand();
        this.target = target;
        this.draft = draft;
        this.model = model(memory());
    }

    /**
     * Plans what {@link EngineConfig#planning()} leaves open; nothing where it names no hardware.
     *
     * @throws MemoryBudgetException if the models do not fit the memory budget, not even streamed
     * @throws UncheckedIOException if a model cannot be read
     */
    public static Optional<EnginePlan> plan(EngineConfig config) {
        HardwareProfile hardware = config.planning().hardware();
        if (hardware == null) {
            return Optional.empty();
        }
        Path draftModel = config.draftModel();
        try (GgufFile target = GgufFile.open(config.targetModel());
                GgufFile draft = draftModel == null || config.candidates() == 0 ? null : GgufFile.open(draftModel)) {
            EnginePlanner planner = new EnginePlanner(
                    config, hardware, facts(target, config), draft == null ? null : facts(draft, config));
            return planner.plan(target, draft)
                    .map(plan -> planner.withoutDraftModel(plan, target).orElse(plan));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read a model: " + e.getMessage(), e);
        }
    }

    private static ModelFacts facts(GgufFile file, EngineConfig config) {
        ModelConfig model = ModelConfig.read(file);
        return new ModelFacts(file.index(), model, kvTypes(config));
    }

    /** The configured type first: whatever comes after it need not give the same tokens. */
    private static List<DType> kvTypes(EngineConfig config) {
        DType configured = config.kvType().elementType();
        Set<Knob> open = config.planning().open();
        boolean smaller = open.contains(Knob.KV_TYPE) || open.contains(Knob.KV_TYPE_TO_FIT);
        return smaller && configured != DType.Q8_0 ? List.of(configured, DType.Q8_0) : List.of(configured);
    }

    private Optional<EnginePlan> plan(GgufFile targetFile, @Nullable GgufFile draftFile) {
        long start = System.nanoTime();
        Optional<PlanReport> report = search(new Planner(model));
        double seconds = (System.nanoTime() - start) / 1e9;
        EngineConfig chosen =
                report.map(found -> chosen(found.best().setting())).orElse(config);
        // without a report the division of memory says what is missing; where it finds room after all, nothing is
        // chosen
        MemoryPlan division = MemoryPlanning.of(chosen, target.config()).plan(targetFile, draftFile);
        return report.map(found -> new EnginePlan(
                found,
                chosen,
                division,
                model.forecast(found.best().setting(), demand).orElse(null),
                seconds));
    }

    /** The plan that gives the draft model's memory to the target, if the draft model would not be used. */
    private Optional<EnginePlan> withoutDraftModel(EnginePlan kept, GgufFile targetFile) {
        PlanReport report = kept.report();
        if (draft == null
                || !open(Knob.CANDIDATES)
                || !open(Knob.DRAFT_MODEL)
                || !IdleDraftModel.unused(report.best())) {
            return Optional.empty();
        }
        EnginePlanner alone = new EnginePlanner(config.toBuilder().candidates(0).build(), hardware, target, null);
        IdleDraftModel draftModel = new IdleDraftModel(new Planner(model), new Planner(alone.model));
        return alone.plan(targetFile, null)
                .filter(plan -> draftModel.idle(report, plan.report(), space(stagingSizes())))
                .map(plan -> new EnginePlan(
                        plan.report().withRunnerUp(IdleDraftModel.reason(report, plan.report())),
                        plan.config(),
                        plan.memory(),
                        null,
                        kept.searchSeconds() + plan.searchSeconds()));
    }

    private HostPolicyModel model(MemoryShape memory) {
        int threads = config.threads() == 0 ? hardware.host().cores() : config.threads();
        DiskSpec disk = hardware.disk();
        double rate = disk == null ? Double.POSITIVE_INFINITY : disk.plannedBytesPerSecond();
        long limit = config.offload().readRate();
        return new HostPolicyModel(
                memory,
                new PassTime(target.compute(), hardware.host(), threads),
                draft == null ? null : new PassTime(draft.compute(), hardware.host(), threads),
                limit == 0 ? rate : Math.min(rate, (double) limit),
                config.serial());
    }

    private SearchSpace space(List<Long> staging) {
        boolean speculates = draft != null;
        return new SearchSpace(
                open(Knob.SLOTS) ? SLOTS : List.of(config.slots()),
                switch (config.groups()) {
                    case ONE -> List.of(1);
                    case TWO -> List.of(2);
                    case AUTO -> speculates && !config.serial() ? List.of(1, 2) : List.of(1);
                },
                !speculates
                        ? List.of(0)
                        : open(Knob.CANDIDATES)
                                ? range(0, MOST_CANDIDATES)
                                : config.adaptiveCandidates()
                                        ? range(0, config.candidates())
                                        : List.of(config.candidates()),
                staging,
                open(Knob.PREFILL_CHUNK) ? CHUNKS : List.of(config.prefillChunk()),
                kvTypes(config),
                open(Knob.KV_TYPE) ? KV_GAIN : Double.POSITIVE_INFINITY);
    }

    /**
     * From what keeps the disk busy while weights are used, up to what takes in most of a sweep; as configured where that is
     * not open.
     */
    private List<Long> stagingSizes() {
        long weights = ResidentTensors.memoryBytes(target.index().entries());
        long enough = MemoryPlanner.staging(weights);
        if (config.offload().hasStaging()) {
            long layerBytes = Math.max(0, weights - budget()) / target.config().layers();
            return List.of(config.offload().staging(layerBytes));
        }
        if (!open(Knob.STAGING)) {
            return List.of(enough);
        }
        return IntStream.range(0, STAGING_SIZES)
                .mapToObj(step -> Math.round(enough * Math.pow(2, step / 2.0)))
                .toList();
    }

    /** Where memory is so short that no staging fits that is worth its name, with less: slower than predicted, but it runs. */
    private Optional<PlanReport> search(Planner planner) {
        List<Long> sizes = stagingSizes();
        Optional<PlanReport> report = planner.plan(space(sizes), demand);
        long least = request().staging().bytes();
        for (long less = sizes.getFirst() / 2; report.isEmpty() && less >= least; less /= 2) {
            report = planner.plan(space(List.of(less)), demand);
        }
        return report;
    }

    /** The target's tensors, with as little staging as possible. */
    private PlacementStrategy.Request request() {
        return Footprint.request(target.index(), 0, 1, ALIGNMENT);
    }

    private boolean open(Knob knob) {
        return config.planning().open().contains(knob);
    }

    private static List<Integer> range(int from, int to) {
        return IntStream.rangeClosed(from, to).boxed().toList();
    }

    /** The configuration as chosen. Candidates are a limit there, with room for better luck than was planned with. */
    private EngineConfig chosen(Setting setting) {
        EngineConfig.Builder builder = config.toBuilder();
        if (open(Knob.SLOTS)) {
            builder.slots(setting.slots());
        }
        if (open(Knob.CANDIDATES) && draft != null) {
            builder.candidates(room().candidates(setting));
        }
        if (open(Knob.STAGING) && !config.offload().hasStaging()) {
            builder.stagingBytes(setting.stagingBytes());
        }
        if (open(Knob.PREFILL_CHUNK)) {
            builder.prefillChunk(setting.prefillChunk());
        }
        for (EngineConfig.KvType type : EngineConfig.KvType.values()) {
            if (type.elementType() == setting.kvType()) {
                builder.kvType(type);
            }
        }
        return builder.build();
    }

    private long budget() {
        Long given = config.offload().memoryBudget();
        return given != null
                ? given
                : HostMemory.budgetOf(
                        hardware.host().usableMemoryBytes(),
                        Runtime.getRuntime().maxMemory());
    }

    private MemoryShape memory() {
        long budget = budget();
        PlacementStrategy.Request request = request();
        Sizes sizes = Sizes.of(request, target.tied());
        int layers = target.config().layers();
        ModelConfig.ExpertConfig experts = target.config().experts();
        MemoryShape.Weights weights = new MemoryShape.Weights(
                sizes.always,
                sizes.head,
                sizes.layers / layers,
                layers,
                sizes.embedding,
                request.experts() == 0 ? 0 : request.expertBytes(),
                experts == null ? 1 : experts.count(),
                experts == null ? 1 : experts.used(),
                request.experts() == 0 ? 0 : ExpertCache.ahead(request.expertBytes()));
        long passes = target.passBytes() + (draft == null ? 0 : draft.passBytes());
        JvmShare share = JvmShare.ofThisJvm();
        MemoryShape.Jvm jvm = new MemoryShape.Jvm(share.ofGrowing(budget), share.most(), passes);
        return new MemoryShape(budget, fixed(), jvm, room(), weights);
    }

    /** As the configuration that is made of a setting will have it. */
    private MemoryShape.Room room() {
        List<MemoryShape.PerModel> models = new ArrayList<>();
        models.add(target.perModel(MemoryPlanning.STREAMED_ROWS, true));
        if (draft != null) {
            models.add(draft.perModel(MemoryPlanning.DRAFT_ROWS, false));
        }
        boolean chosen = open(Knob.CANDIDATES) && draft != null;
        return new MemoryShape.Room(
                MemoryPlanning.of(config, target.config()).contextLength(),
                KvLayout.PAGE_POSITIONS,
                chosen ? LEAST_HEADROOM : config.candidates(),
                chosen ? MOST_CANDIDATES : config.candidates(),
                models);
    }

    private long fixed() {
        long headers = headers(target) + (draft == null ? 0 : headers(draft));
        long draftWeights =
                draft == null ? 0 : ResidentTensors.memoryBytes(draft.index().entries());
        return headers + draftWeights;
    }

    private static long headers(ModelFacts model) {
        return model.index().parts().stream().mapToLong(GgufHeader::dataStart).sum();
    }

    /** Bytes of the target's tensors by what a placement may do with them. */
    private record Sizes(long always, long head, long layers, long embedding) {

        static Sizes of(PlacementStrategy.Request request, boolean tied) {
            long always = 0;
            long head = 0;
            long layers = 0;
            long embedding = 0;
            for (PlacedTensor tensor : request.tensors()) {
                long bytes = tensor.residentBytes();
                switch (tensor.role()) {
                    case OUTPUT_HEAD -> head += bytes;
                    case TOKEN_EMBEDDING -> {
                        head += tied ? bytes : 0;
                        embedding += tied ? 0 : bytes;
                    }
                    case ATTENTION, FEED_FORWARD -> {
                        boolean matrix = tensor.rows() > 1;
                        layers += matrix ? bytes : 0;
                        always += matrix ? 0 : bytes;
                    }
                    case EXPERTS -> {}
                    default -> always += bytes;
                }
            }
            return new Sizes(always, head, layers, embedding);
        }
    }
}
