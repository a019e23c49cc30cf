package io.specoffload.spring.autoconfigure;

import io.specoffload.engine.EngineConfig;
import io.specoffload.engine.EngineConfig.Groups;
import io.specoffload.engine.EngineConfig.KernelChoice;
import io.specoffload.engine.EngineConfig.KvType;
import io.specoffload.spring.ai.SpecOffloadChatOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Properties of the engine and its chat model. A property that does not exist, or a value that is impossible, fails the
 * start.
 *
 * @param target target model, whose answers are given
 * @param draft draft model, which proposes candidates that the target model verifies
 * @param chat defaults of a request's options
 * @param pipeline how the engine runs
 * @param cacheDirectory Folder into which models named by "classpath:" are extracted once; by default
 *     .cache/specoffload in the user's home directory.
 */
@ConfigurationProperties(prefix = SpecOffloadProperties.PREFIX, ignoreUnknownFields = false)
public record SpecOffloadProperties(
        @DefaultValue Target target,
        @DefaultValue Draft draft,
        @DefaultValue Chat chat,
        @DefaultValue Pipeline pipeline,
        @Nullable Path cacheDirectory) {

    static final String PREFIX = "spring.ai.specoffload";
    static final String TARGET_MODEL = PREFIX + ".target.model";
    static final String DRAFT_MODEL = PREFIX + ".draft.model";
    static final String CACHE_DIRECTORY = PREFIX + ".cache-directory";

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
     * How the engine runs.
     *
     * @param contextLength Tokens per conversation, prompt and answer together; by default the model's own length, at
     *     most 4096.
     * @param slots Sequences that run at once.
     * @param queueCapacity Requests that may wait for a slot.
     * @param threads Compute threads; 0 for one per core.
     * @param candidates Most candidates drafted per sequence and round; 0 for no speculation.
     * @param groups Groups of sequences in rotation: while the target model verifies one, the draft model proposes for
     *     the other. "auto" chooses one or two by measured costs.
     * @param promptLookup Draft by looking the last words up in the prompt where there is no draft model.
     * @param prefillChunk Prompt tokens processed per round.
     * @param kvType Element type of the KV caches.
     * @param kernels Which compute kernels run; "auto" takes the Vector API where the JVM has it.
     */
    public record Pipeline(
            @Nullable Integer contextLength,
            @DefaultValue("4") int slots,
            @DefaultValue("64") int queueCapacity,
            @DefaultValue("0") int threads,
            @DefaultValue("4") int candidates,
            @DefaultValue("auto") String groups,
            @DefaultValue("false") boolean promptLookup,
            @DefaultValue("128") int prefillChunk,
            @DefaultValue("f16") KvType kvType,
            @DefaultValue("auto") KernelChoice kernels) {

        private static final String PIPELINE = PREFIX + ".pipeline.";

        public Pipeline {
            atLeast(PIPELINE + "context-length", contextLength, 1);
            atLeast(PIPELINE + "slots", slots, 1);
            atLeast(PIPELINE + "queue-capacity", queueCapacity, 0);
            atLeast(PIPELINE + "threads", threads, 0);
            require(candidates >= 0 && candidates <= 64, PIPELINE + "candidates", candidates, "between 0 and 64");
            require(List.of("auto", "1", "2").contains(groups), PIPELINE + "groups", groups, "auto, 1 or 2");
            atLeast(PIPELINE + "prefill-chunk", prefillChunk, 1);
        }

        private Groups engineGroups() {
            return switch (groups) {
                case "1" -> Groups.ONE;
                case "2" -> Groups.TWO;
                default -> Groups.AUTO;
            };
        }

        EngineConfig toConfig(Path targetModel, @Nullable Path draftModel) {
            return EngineConfig.builder(targetModel)
                    .draftModel(draftModel)
                    .contextLength(contextLength)
                    .slots(slots)
                    .queueCapacity(queueCapacity)
                    .threads(threads)
                    .candidates(candidates)
                    .groups(engineGroups())
                    .promptLookup(promptLookup)
                    .prefillChunk(prefillChunk)
                    .kvType(kvType)
                    .kernels(kernels)
                    .build();
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
