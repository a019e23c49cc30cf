package io.specoffload.spring.autoconfigure;

import io.specoffload.engine.EngineConfig;
import io.specoffload.engine.EngineConfig.Groups;
import io.specoffload.engine.EngineConfig.KernelChoice;
import io.specoffload.engine.EngineConfig.KvType;
import io.specoffload.engine.Planning;
import io.specoffload.engine.Planning.Knob;
import io.specoffload.hardware.HardwareProfile;
import io.specoffload.plan.Demand;
import io.specoffload.plan.Demand.Objective;
import io.specoffload.spring.ai.SpecOffloadChatOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Properties of the engine and its chat model. A property that does not exist, or a value that is impossible, fails the
 * start.
 *
 * @param target target model, whose answers are given
 * @param draft draft model, which proposes candidates that the target model verifies
 * @param chat defaults of a request's options
 * @param memory how much memory the models may take
 * @param pipeline how the engine runs
 * @param planner what to plan for
 * @param hardware what is known better than by measuring
 * @param cacheDirectory Folder into which models named by "classpath:" are extracted once, and where measurements of
 *     the hardware are kept; by default .cache/specoffload in the user's home directory.
 */
@ConfigurationProperties(prefix = SpecOffloadProperties.PREFIX, ignoreUnknownFields = false)
public record SpecOffloadProperties(
        @DefaultValue Target target,
        @DefaultValue Draft draft,
        @DefaultValue Chat chat,
        @DefaultValue Memory memory,
        @DefaultValue Pipeline pipeline,
        @DefaultValue Planner planner,
        @DefaultValue @NestedConfigurationProperty HardwareProperties hardware,
        @Nullable Path cacheDirectory) {

    static final String PREFIX = "spring.ai.specoffload";
    static final String TARGET_MODEL = PREFIX + ".target.model";
    static final String DRAFT_MODEL = PREFIX + ".draft.model";
    static final String MEMORY_HOST = PREFIX + ".memory.host";
    static final String CACHE_DIRECTORY = PREFIX + ".cache-directory";
    static final String HARDWARE = PREFIX + ".hardware";

    /**
     * The target model.
     *
     * @param model GGUF file of the target model: a path, or a resource location such as "classpath:" or "file:".
     */
    public record Target(@Nullable String model) {}

    /**
     * The draft model.
     *
     * @param model GGUF file of the draft model: a path, or a resource location such as "classpath:" or "file:". Empty
     *     for no draft model.
     */
    public record Draft(@Nullable String model) {}

    /**
     * Defaults of a request's options; unset ones are the engine's.
     *
     * @param temperature Divisor of the logits; 0 for greedy decoding, which is the default.
     * @param maxTokens Limit on the tokens of an answer; by default as many as the context holds.
     * @param topK Sample from this many most likely tokens; 0 for all.
     * @param topP Sample from the smallest set of tokens whose probability reaches this.
     * @param minP Drop tokens less likely than this times the most likely.
     * @param repetitionPenalty Divides positive and multiplies negative logits of recent tokens; 1 for none.
     * @param presencePenalty Subtracted once from the logit of each recent token.
     * @param frequencyPenalty Subtracted from the logit of each recent token per occurrence.
     * @param seed Makes sampling repeatable.
     * @param stopSequences Texts that end an answer.
     * @param speculation Whether candidates are drafted.
     * @param timeout Limit on a whole generation, queueing included.
     */
    public record Chat(
            @Nullable Double temperature,
            @Nullable Integer maxTokens,
            @Nullable Integer topK,
            @Nullable Double topP,
            @Nullable Double minP,
            @Nullable Double repetitionPenalty,
            @Nullable Double presencePenalty,
            @Nullable Double frequencyPenalty,
            @Nullable Long seed,
            @Nullable List<String> stopSequences,
            @DefaultValue("true") boolean speculation,
            @Nullable Duration timeout) {

        private static final String CHAT = PREFIX + ".chat.";

        public Chat {
            atLeast(CHAT + "temperature", temperature, 0);
            atLeast(CHAT + "max-tokens", maxTokens, 1);
            atLeast(CHAT + "top-k", topK, 0);
            require(topP == null || topP > 0 && topP <= 1, CHAT + "top-p", topP, "above 0 and at most 1");
            require(minP == null || minP >= 0 && minP <= 1, CHAT + "min-p", minP, "between 0 and 1");
            require(
                    repetitionPenalty == null || repetitionPenalty > 0 && Double.isFinite(repetitionPenalty),
                    CHAT + "repetition-penalty",
                    repetitionPenalty,
                    "above 0");
            finite(CHAT + "presence-penalty", presencePenalty);
            finite(CHAT + "frequency-penalty", frequencyPenalty);
            require(
                    stopSequences == null || stopSequences.stream().noneMatch(String::isEmpty),
                    CHAT + "stop-sequences",
                    stopSequences,
                    "texts that are not empty");
            require(
                    timeout == null || timeout.isPositive(),
                    CHAT + "timeout",
                    timeout,
                    "a positive duration such as 2m");
        }

        SpecOffloadChatOptions toOptions() {
            return SpecOffloadChatOptions.builder()
                    .temperature(temperature)
                    .maxTokens(maxTokens)
                    .topK(topK)
                    .topP(topP)
                    .minP(minP)
                    .repetitionPenalty(repetitionPenalty)
                    .presencePenalty(presencePenalty)
                    .frequencyPenalty(frequencyPenalty)
                    .seed(seed)
                    .stopSequences(stopSequences)
                    .speculation(speculation)
                    .timeout(timeout)
                    .build();
        }
    }

    /**
     * How much memory the models may take. What does not fit streams from disk.
     *
     * @param host Main memory for models, caches and buffers together, such as "1500MB"; by default what the machine or
     *     container has left beside the JVM's heap.
     * @param staging Memory that streamed weights pass through at most, such as "64MB"; by default the planner chooses.
     * @param readRate Limit on the bytes read from disk per second, such as "500MB"; by default none.
     */
    public record Memory(
            @Nullable DataSize host,
            @Nullable DataSize staging,
            @Nullable DataSize readRate) {

        private static final String MEMORY = PREFIX + ".memory.";

        public Memory {
            require(host == null || host.toBytes() > 0, MEMORY_HOST, host, "a size above 0 such as 1500MB");
            require(
                    staging == null || staging.toBytes() > 0,
                    MEMORY + "staging",
                    staging,
                    "a size above 0 such as 64MB");
            require(
                    readRate == null || readRate.toBytes() > 0,
                    MEMORY + "read-rate",
                    readRate,
                    "a size above 0 such as 500MB");
        }

        EngineConfig.Builder apply(EngineConfig.Builder builder) {
            return builder.memoryBudget(host == null ? null : (Long) host.toBytes())
                    .stagingBytes(staging == null ? 0 : staging.toBytes())
                    .readRate(readRate == null ? 0 : readRate.toBytes());
        }
    }

    /**
     * The engine's configuration.
     *
     * @param known the hardware, or null where it is not known yet or nothing is to be planned
     */
    EngineConfig toConfig(Path targetModel, @Nullable Path draftModel, @Nullable HardwareProfile known) {
        return memory.apply(pipeline.toBuilder(targetModel, draftModel))
                .planning(new Planning(known, planner.toDemand(pipeline.slots()), open()))
                .build();
    }

    /** What is left to a planner. */
    private Set<Knob> open() {
        Set<Knob> open = pipeline.open();
        if (planner.acceptance() != null) {
            open.add(Knob.DRAFT_MODEL);
        }
        return open;
    }

    /**
     * What the engine is planned for. Values under "pipeline" and "memory" that are not set are chosen for it.
     *
     * @param enabled Whether a plan is made from the hardware profile; if not, what is not set has fixed defaults.
     * @param promptLength Tokens of a prompt, on average.
     * @param outputLength Tokens of an answer, on average.
     * @param acceptance Probability that a drafted candidate is accepted; by default 0.7 until it was measured. If it is set,
     *     a draft model that promises nothing with it is not loaded.
     * @param objective What counts most: "throughput", tokens per second of all sequences, or "latency", seconds per token
     *     of each.
     * @param mostTimePerToken Longest time between two tokens of an answer, on average; by default any.
     * @param mostPause How much longer a round may take because prompts are read in it.
     */
    public record Planner(
            @DefaultValue("true") boolean enabled,
            @DefaultValue("256") int promptLength,
            @DefaultValue("128") int outputLength,
            @Nullable Double acceptance,
            @DefaultValue("throughput") Objective objective,
            @Nullable Duration mostTimePerToken,
            @DefaultValue("500ms") Duration mostPause) {

        private static final String PLANNER = PREFIX + ".planner.";

        public Planner {
            atLeast(PLANNER + "prompt-length", promptLength, 0);
            atLeast(PLANNER + "output-length", outputLength, 1);
            require(
                    acceptance == null || acceptance >= 0 && acceptance <= 1,
                    PLANNER + "acceptance",
                    acceptance,
                    "between 0 and 1");
            require(
                    mostTimePerToken == null || mostTimePerToken.isPositive(),
                    PLANNER + "most-time-per-token",
                    mostTimePerToken,
                    "a positive duration such as 200ms");
            require(mostPause.isPositive(), PLANNER + "most-pause", mostPause, "a positive duration such as 500ms");
        }

        Demand toDemand(int sequences) {
            return new Demand(
                    promptLength,
                    outputLength,
                    sequences,
                    acceptance == null ? Demand.TYPICAL.acceptance() : acceptance,
                    objective,
                    mostTimePerToken == null ? null : mostTimePerToken.toNanos() / 1e9,
                    mostPause.toNanos() / 1e9);
        }
    }

    /**
     * How the engine runs.
     *
     * @param contextLength Tokens per conversation, prompt and answer together; by default the model's own length, at
     *     most 4096.
     * @param slots Sequences that run at once.
     * @param queueCapacity Requests that may wait for a slot.
     * @param threads Compute threads; 0 for one per core.
     * @param candidates Most candidates drafted per sequence and round; 0 for no speculation; by default chosen by the
     *     planner, or 4.
     * @param groups Groups of sequences in rotation: while the target model verifies one, the draft model proposes for
     *     the other. "auto" chooses one or two by measured costs.
     * @param promptLookup Draft by looking the last words up in the prompt where there is no draft model.
     * @param prefillChunk Prompt tokens processed per round; by default chosen by the planner, or 128.
     * @param kvType Element type of the KV caches; "auto" lets the planner choose 8 bits where they promise more. By
     *     default f16, or 8 bits where nothing fits otherwise.
     * @param kernels Which compute kernels run; "auto" takes the Vector API where the JVM has it, and machine code for
     *     matrix products where the processor allows it; "vector" the Vector API alone.
     * @param warmUp Longest time that the engine computes for itself before it is ready, so that the first request does
     *     not wait for the JVM to compile the kernels; 0 for none.
     */
    public record Pipeline(
            @Nullable Integer contextLength,
            @DefaultValue("4") int slots,
            @DefaultValue("64") int queueCapacity,
            @DefaultValue("0") int threads,
            @Nullable Integer candidates,
            @DefaultValue("auto") String groups,
            @DefaultValue("false") boolean promptLookup,
            @Nullable Integer prefillChunk,
            @Nullable KvCacheType kvType,
            @DefaultValue("auto") KernelChoice kernels,
            @DefaultValue("3s") Duration warmUp) {

        private static final String PIPELINE = PREFIX + ".pipeline.";

        public Pipeline {
            atLeast(PIPELINE + "context-length", contextLength, 1);
            atLeast(PIPELINE + "slots", slots, 1);
            atLeast(PIPELINE + "queue-capacity", queueCapacity, 0);
            atLeast(PIPELINE + "threads", threads, 0);
            require(
                    candidates == null || candidates >= 0 && candidates <= 64,
                    PIPELINE + "candidates",
                    candidates,
                    "between 0 and 64");
            require(List.of("auto", "1", "2").contains(groups), PIPELINE + "groups", groups, "auto, 1 or 2");
            atLeast(PIPELINE + "prefill-chunk", prefillChunk, 1);
            require(!warmUp.isNegative(), PIPELINE + "warm-up", warmUp, "0 or a duration such as 3s");
        }

        /** Those of these values that are left to a planner. */
        private Set<Knob> open() {
            Set<Knob> open = EnumSet.of(Knob.STAGING);
            if (candidates == null) {
                open.add(Knob.CANDIDATES);
            }
            if (prefillChunk == null) {
                open.add(Knob.PREFILL_CHUNK);
            }
            if (kvType == null) {
                open.add(Knob.KV_TYPE_TO_FIT);
            } else if (kvType == KvCacheType.AUTO) {
                open.add(Knob.KV_TYPE);
            }
            return open;
        }

        private Groups engineGroups() {
            return switch (groups) {
                case "1" -> Groups.ONE;
                case "2" -> Groups.TWO;
                default -> Groups.AUTO;
            };
        }

        EngineConfig.Builder toBuilder(Path targetModel, @Nullable Path draftModel) {
            EngineConfig.Builder builder = EngineConfig.builder(targetModel);
            if (candidates != null) {
                builder.candidates(candidates);
            }
            if (prefillChunk != null) {
                builder.prefillChunk(prefillChunk);
            }
            return builder.draftModel(draftModel)
                    .contextLength(contextLength)
                    .slots(slots)
                    .queueCapacity(queueCapacity)
                    .threads(threads)
                    .groups(engineGroups())
                    .promptLookup(promptLookup)
                    .kvType(kvType == null ? KvType.F16 : kvType.engineType())
                    .kernels(kernels)
                    .warmUp(warmUp);
        }
    }

    /** Element types of KV caches. */
    public enum KvCacheType {
        /** f16, or 8 bits where the planner expects them to be faster. */
        AUTO(KvType.F16),
        F32(KvType.F32),
        F16(KvType.F16),
        Q8_0(KvType.Q8_0);

        private final KvType engineType;

        KvCacheType(KvType engineType) {
            this.engineType = engineType;
        }

        KvType engineType() {
            return engineType;
        }
    }

    private static void atLeast(String property, @Nullable Number value, int least) {
        require(
                value == null || value.doubleValue() >= least && Double.isFinite(value.doubleValue()),
                property,
                value,
                least + " or more");
    }

    private static void finite(String property, @Nullable Double value) {
        require(value == null || Double.isFinite(value), property, value, "a finite number");
    }

    private static void require(boolean condition, String property, @Nullable Object value, String expected) {
        if (!condition) {
            throw new SpecOffloadStartupException(
                    "The property " + property + " is " + value + ".", "Set " + property + " to " + expected + ".");
        }
    }
}
