package io.specoffload.spring.ai;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.model.tool.DefaultToolCallingChatOptions;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.tool.ToolCallback;

/**
 * Options of {@link SpecOffloadChatModel}: Spring AI's portable ones and the engine's own. Whatever is null is left to
 * the model's defaults; without any, decoding is greedy. Immutable.
 */
public class SpecOffloadChatOptions extends DefaultToolCallingChatOptions implements StructuredOutputChatOptions {

    private final Extras extras;

    /** What the portable options lack. */
    private record Extras(
            @Nullable Double minP,
            @Nullable Double repetitionPenalty,
            @Nullable Long seed,
            @Nullable Boolean speculation,
            @Nullable Map<Integer, Float> logitBias,
            @Nullable Duration timeout,
            @Nullable String outputSchema,
            @Nullable Map<String, Object> templateVariables) {

        Extras {
            logitBias = logitBias == null ? null : Map.copyOf(logitBias);
            templateVariables = templateVariables == null ? null : Map.copyOf(templateVariables);
        }
    }

    /** Takes over what the builder holds. */
    protected SpecOffloadChatOptions(AbstractBuilder<?> builder) {
        this(builder.portable(), builder.extras());
    }

    private SpecOffloadChatOptions(ToolCallingChatOptions portable, Extras extras) {
        super(
                portable.getToolCallbacks(),
                portable.getToolContext(),
                portable.getModel(),
                portable.getFrequencyPenalty(),
                portable.getMaxTokens(),
                portable.getPresencePenalty(),
                portable.getStopSequences(),
                portable.getTemperature(),
                portable.getTopK(),
                portable.getTopP());
        this.extras = extras;
    }

    /** Tokens less likely than this times the most likely are dropped. */
    public @Nullable Double getMinP() {
        return extras.minP;
    }

    /** Divides positive and multiplies negative logits of recent tokens; 1 for none. */
    public @Nullable Double getRepetitionPenalty() {
        return extras.repetitionPenalty;
    }

    /** Makes sampling repeatable. */
    public @Nullable Long getSeed() {
        return extras.seed;
    }

    /** Whether candidates may be drafted. */
    public @Nullable Boolean getSpeculation() {
        return extras.speculation;
    }

    /** Added to the logits of these token ids. */
    public @Nullable Map<Integer, Float> getLogitBias() {
        return extras.logitBias;
    }

    /** Limit on the whole generation, queueing included; it ends as {@code cancelled}. */
    public @Nullable Duration getTimeout() {
        return extras.timeout;
    }

    /** The JSON schema that the answer conforms to, by constrained sampling. */
    @Override
    public @Nullable String getOutputSchema() {
        return extras.outputSchema;
    }

    /** Further variables of the model's chat template, such as {@code enable_thinking}. */
    public @Nullable Map<String, Object> getTemplateVariables() {
        return extras.templateVariables;
    }

    public static Builder builder() {
        return new Builder();
    }

    @Override
    public Builder mutate() {
        Builder copy = builder().combineWith(super.mutate());
        ((AbstractBuilder<?>) copy).overrideWith(extras);
        return copy;
    }

    /**
     * These options with the defaults' values where these have none. Unlike {@code combineWith}, which would double
     * them, stop sequences and tools are taken from one side only.
     */
    SpecOffloadChatOptions orElse(SpecOffloadChatOptions defaults) {
        Builder filled = defaults.mutate();
        if (getStopSequences() != null) {
            filled.stopSequences(null);
        }
        if (getToolCallbacks() != null) {
            filled.toolCallbacks((List<ToolCallback>) null);
        }
        return filled.combineWith(mutate()).build();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return super.equals(other) && other instanceof SpecOffloadChatOptions that && extras.equals(that.extras);
    }

    @Override
    public int hashCode() {
        return Objects.hash(super.hashCode(), extras);
    }

    /** Builds {@link SpecOffloadChatOptions}. */
    public static final class Builder extends AbstractBuilder<Builder> {
        private Builder() {}
    }

    /** The setters, for builders of subclasses too. */
    public abstract static class AbstractBuilder<B extends AbstractBuilder<B>>
            extends DefaultToolCallingChatOptions.Builder<B> implements StructuredOutputChatOptions.Builder<B> {

        private @Nullable Double minP;
        private @Nullable Double repetitionPenalty;
        private @Nullable Long seed;
        private @Nullable Boolean speculation;
        private @Nullable Map<Integer, Float> logitBias;
        private @Nullable Duration timeout;
        private @Nullable String outputSchema;
        private @Nullable Map<String, Object> templateVariables;

        public B minP(@Nullable Double value) {
            minP = value;
            return self();
        }

        public B repetitionPenalty(@Nullable Double value) {
            repetitionPenalty = value;
            return self();
        }

        public B seed(@Nullable Long value) {
            seed = value;
            return self();
        }

        public B speculation(@Nullable Boolean value) {
            speculation = value;
            return self();
        }

        public B logitBias(@Nullable Map<Integer, Float> value) {
            logitBias = value;
            return self();
        }

        public B timeout(@Nullable Duration value) {
            timeout = value;
            return self();
        }

        @Override
        public B outputSchema(@Nullable String value) {
            outputSchema = value;
            return self();
        }

        public B templateVariables(@Nullable Map<String, Object> value) {
            templateVariables = value;
            return self();
        }

        /** The other's value wins wherever it has one; stop sequences, tools and maps are united. */
        @Override
        public B combineWith(ChatOptions.Builder<?> other) {
            super.combineWith(other);
            if (other instanceof AbstractBuilder<?> that) {
                overrideWith(that.extras());
            } else if (other.build() instanceof StructuredOutputChatOptions structured
                    && structured.getOutputSchema() != null) {
                outputSchema = structured.getOutputSchema();
            }
            return self();
        }

        private void overrideWith(Extras that) {
            minP = that.minP != null ? that.minP : minP;
            repetitionPenalty = that.repetitionPenalty != null ? that.repetitionPenalty : repetitionPenalty;
            seed = that.seed != null ? that.seed : seed;
            speculation = that.speculation != null ? that.speculation : speculation;
            logitBias = united(logitBias, that.logitBias);
            timeout = that.timeout != null ? that.timeout : timeout;
            outputSchema = that.outputSchema != null ? that.outputSchema : outputSchema;
            templateVariables = united(templateVariables, that.templateVariables);
        }

        private static <K, V> @Nullable Map<K, V> united(@Nullable Map<K, V> one, @Nullable Map<K, V> two) {
            if (one == null || two == null) {
                return two != null ? two : one;
            }
            var all = new HashMap<>(one);
            all.putAll(two);
            return all;
        }

        @Override
        public SpecOffloadChatOptions build() {
            return new SpecOffloadChatOptions(this);
        }

        private ToolCallingChatOptions portable() {
            return super.build();
        }

        private Extras extras() {
            return new Extras(
                    minP, repetitionPenalty, seed, speculation, logitBias, timeout, outputSchema, templateVariables);
        }
    }
}
