package io.specoffload.engine;

import io.specoffload.sampling.SamplingParameters;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One request to the engine.
 *
 * @param prompt what to continue
 * @param sampling how tokens are chosen
 * @param maxTokens limit on new tokens, at least 1; null for as many as the context holds
 * @param stop texts that end the generation; never part of the output
 * @param ignoreEos whether end-of-generation tokens are ordinary ones
 * @param speculate whether candidates may be drafted
 * @param outputSchema JSON schema that the answer must conform to, or null
 * @param timeout the generation is cancelled when it takes longer, queueing included; null for no limit
 */
public record GenerationRequest(
        Prompt prompt,
        SamplingParameters sampling,
        @Nullable Integer maxTokens,
        List<String> stop,
        boolean ignoreEos,
        boolean speculate,
        @Nullable String outputSchema,
        @Nullable Duration timeout) {

    public GenerationRequest {
        stop = List.copyOf(stop);
        if (maxTokens != null && maxTokens < 1) {
            throw new IllegalArgumentException("maxTokens is " + maxTokens + ", but must be at least 1");
        }
        if (stop.stream().anyMatch(String::isEmpty)) {
            throw new IllegalArgumentException("a stop text is empty");
        }
    }

    public static Builder builder(Prompt prompt) {
        return new Builder(prompt);
    }

    /** Starts from a greedy, speculating request without limits. */
    public static final class Builder {
        private final Prompt prompt;
        private SamplingParameters sampling = SamplingParameters.greedy();
        private @Nullable Integer maxTokens;
        private List<String> stop = List.of();
        private boolean ignoreEos;
        private boolean speculate = true;
        private @Nullable String outputSchema;
        private @Nullable Duration timeout;

        private Builder(Prompt prompt) {
            this.prompt = prompt;
        }

        public Builder sampling(SamplingParameters value) {
            sampling = value;
            return this;
        }

        public Builder maxTokens(@Nullable Integer value) {
            maxTokens = value;
            return this;
        }

        public Builder stop(List<String> value) {
            stop = value;
            return this;
        }

        public Builder ignoreEos(boolean value) {
            ignoreEos = value;
            return this;
        }

        public Builder speculate(boolean value) {
            speculate = value;
            return this;
        }

        public Builder outputSchema(@Nullable String value) {
            outputSchema = value;
            return this;
        }

        public Builder timeout(@Nullable Duration value) {
            timeout = value;
            return this;
        }

        public GenerationRequest build() {
            return new GenerationRequest(
                    prompt, sampling, maxTokens, stop, ignoreEos, speculate, outputSchema, timeout);
        }
    }
}
