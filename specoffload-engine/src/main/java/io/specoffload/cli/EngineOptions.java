package io.specoffload.cli;

import io.specoffload.engine.EngineConfig;
import io.specoffload.engine.Planning.Knob;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options of the commands that run the engine: models, and how they run. */
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class EngineOptions {

    private static final int DEFAULT_CANDIDATES = 4;
    private static final int DEFAULT_BATCH_SIZE = 128;
    private static final String DEFAULT_KV_TYPE = "f16";
    private static final String AUTO = "auto";

    @Option(names = "--target", required = true, description = "GGUF file of the target model")
    private Path target;

    @Option(names = "--draft", description = "GGUF file of the draft model")
    private @Nullable Path draft;

    @Option(names = "--no-speculation", description = "decode without candidates")
    private boolean noSpeculation;

    @Option(names = "--candidates", description = "most candidates per sequence and round (default: 4)")
    private @Nullable Integer candidates;

    @Option(
            names = "--fixed-candidates",
            description = "draft as many candidates always, also where fewer would be faster; for measurements")
    private boolean fixedCandidates;

    @Option(names = "--prompt-lookup", description = "without a draft model, draft from the text so far")
    private boolean promptLookup;

    @Option(
            names = "--groups",
            description = "groups of sequences in rotation: auto, 1 or 2 (default: ${DEFAULT-VALUE})",
            defaultValue = "auto")
    private String groups = "auto";

    @Option(names = "--serial", description = "one group, and nothing overlaps drafting; for comparisons")
    private boolean serial;

    @Option(names = "--threads", description = "compute threads; 0 for every core", defaultValue = "0")
    private int threads;

    @Option(names = "--context", description = "positions per sequence")
    private @Nullable Integer context;

    @Option(names = "--batch-size", description = "prompt rows per pass (default: 128)")
    private @Nullable Integer batchSize;

    @Option(
            names = "--kv-type",
            description = "element type of the KV cache: f32, f16 or q8_0 (default: f16); for plan also auto")
    private @Nullable String kvType;

    @Option(
            names = "--kernels",
            description = "scalar, vector or auto (default: ${DEFAULT-VALUE})",
            defaultValue = "auto")
    private String kernels = "auto";

    @Option(
            names = "--numerics",
            description = "exact or fast; every kernel there is today is exact",
            defaultValue = "exact")
    private Numerics unusedNumerics = Numerics.exact;

    @Mixin
    private OffloadOptions offload = new OffloadOptions();

    @Option(names = "--device", description = "auto or cpu (default: ${DEFAULT-VALUE})", defaultValue = "auto")
    private Device unusedDevice = Device.auto;

    enum Numerics {
        exact,
        fast
    }

    enum Device {
        auto,
        cpu
    }

    Path target() {
        return target;
    }

    @Nullable
    Path draft() {
        return noSpeculation ? null : draft;
    }

    /** Whether the user says how many candidates there are. */
    boolean candidatesGiven() {
        return candidates != null || noSpeculation;
    }

    /** Whether the user says how many prompt rows a pass takes. */
    boolean batchSizeGiven() {
        return batchSize != null;
    }

    /** What a planner may do about the element type of the KV cache. */
    Set<Knob> kvKnobs() {
        return kvType == null
                ? EnumSet.of(Knob.KV_TYPE_TO_FIT)
                : kvType.equalsIgnoreCase(AUTO) ? EnumSet.of(Knob.KV_TYPE) : EnumSet.noneOf(Knob.class);
    }

    /** Whether candidates may be drafted. */
    boolean speculates() {
        return !noSpeculation;
    }

    /** A configuration for {@code slots} sequences at once, without warm-up. */
    EngineConfig.Builder toBuilder(int slots, int queueCapacity) {
        return toBuilder(slots, queueCapacity, kvType == null ? DEFAULT_KV_TYPE : kvType);
    }

    /** The same where a planner chooses what is left to it. */
    EngineConfig.Builder toPlannedBuilder(int slots, int queueCapacity) {
        return toBuilder(
                slots, queueCapacity, kvType == null || kvType.equalsIgnoreCase(AUTO) ? DEFAULT_KV_TYPE : kvType);
    }

    private EngineConfig.Builder toBuilder(int slots, int queueCapacity, String kvElements) {
        return offload.apply(EngineConfig.builder(target))
                .draftModel(noSpeculation ? null : draft)
                .contextLength(context)
                .slots(slots)
                .queueCapacity(queueCapacity)
                .threads(threads)
                .candidates(noSpeculation ? 0 : candidates == null ? DEFAULT_CANDIDATES : candidates)
                .adaptiveCandidates(!fixedCandidates)
                .groups(groups())
                .serial(serial)
                .promptLookup(promptLookup && !noSpeculation)
                .prefillChunk(batchSize == null ? DEFAULT_BATCH_SIZE : batchSize)
                .kvType(named(EngineConfig.KvType.class, "--kv-type", kvElements))
                .kernels(named(EngineConfig.KernelChoice.class, "--kernels", kernels))
                .warmUp(Duration.ZERO);
    }

    private EngineConfig.Groups groups() {
        return switch (groups.toLowerCase(Locale.ROOT)) {
            case "auto" -> EngineConfig.Groups.AUTO;
            case "1" -> EngineConfig.Groups.ONE;
            case "2" -> EngineConfig.Groups.TWO;
            default -> throw new IllegalArgumentException("--groups is " + groups + ", but must be auto, 1 or 2");
        };
    }

    private static <E extends Enum<E>> E named(Class<E> type, String option, String value) {
        for (E constant : type.getEnumConstants()) {
            if (constant.name().equalsIgnoreCase(value)) {
                return constant;
            }
        }
        throw new IllegalArgumentException(option + " is " + value + ", but must be one of "
                + String.join(
                        ", ",
                        Arrays.stream(type.getEnumConstants())
                                .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                                .toList()));
    }
}
