package io.specoffload.sampling;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a token is chosen from the model's distribution. Order of processing: logit bias, penalties, grammar,
 * temperature, top-k, top-p, min-p.
 *
 * @param temperature 0 for greedy decoding, else a positive divisor of the logits
 * @param topK keep the k most likely tokens; 0 for all
 * @param topP keep the smallest set of tokens whose probability reaches p; 1 for all
 * @param minP drop tokens less likely than p times the most likely; 0 for none
 * @param repetitionPenalty divides positive and multiplies negative logits of tokens in the penalty window; 1 for none
 * @param presencePenalty subtracted once from the logit of each token in the window; 0 for none
 * @param frequencyPenalty subtracted per occurrence in the window; 0 for none
 * @param penaltyWindow latest tokens (prompt included) that penalties look at; 0 for none, -1 for all
 * @param logitBias added to the logits of these token ids; -Infinity bans a token
 * @param seed makes sampling repeatable, whatever else is in the batch; null draws a fresh seed
 */
public record SamplingParameters(
        float temperature,
        int topK,
        float topP,
        float minP,
        float repetitionPenalty,
        float presencePenalty,
        float frequencyPenalty,
        int penaltyWindow,
        Map<Integer, Float> logitBias,
        @Nullable Long seed) {

    public SamplingParameters {
        logitBias = Map.copyOf(logitBias);
        require(temperature >= 0 && Float.isFinite(temperature), "temperature", temperature, "0 or more");
        require(topK >= 0, "topK", topK, "0 or more");
        require(topP > 0 && topP <= 1, "topP", topP, "above 0 and at most 1");
        require(minP >= 0 && minP <= 1, "minP", minP, "between 0 and 1");
        require(
                repetitionPenalty > 0 && Float.isFinite(repetitionPenalty),
                "repetitionPenalty",
                repetitionPenalty,
                "above 0");
        require(Float.isFinite(presencePenalty), "presencePenalty", presencePenalty, "a finite number");
        require(Float.isFinite(frequencyPenalty), "frequencyPenalty", frequencyPenalty, "a finite number");
        logitBias.forEach((token, bias) ->
                require(bias < Float.POSITIVE_INFINITY, "logitBias of token " + token, bias, "below Infinity"));
        require(penaltyWindow >= -1, "penaltyWindow", penaltyWindow, "-1 or more");
    }

    private static void require(boolean condition, String name, Number value, String expected) {
        if (!condition) {
            throw new IllegalArgumentException(name + " is " + value + ", but must be " + expected);
        }
    }

    /** Greedy decoding, nothing else. */
    public static SamplingParameters greedy() {
        return builder().build();
    }

    /** Whether the most likely token is always taken. */
    public boolean isGreedy() {
        return temperature == 0;
    }

    /** Whether tokens already seen change the logits. */
    public boolean hasPenalties() {
        return penaltyWindow != 0 && (repetitionPenalty != 1 || presencePenalty != 0 || frequencyPenalty != 0);
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Starts from greedy decoding without any change to the distribution. */
    public static final class Builder {
        private float temperature;
        private int topK;
        private float topP = 1;
        private float minP;
        private float repetitionPenalty = 1;
        private float presencePenalty;
        private float frequencyPenalty;
        private int penaltyWindow = 64;
        private Map<Integer, Float> logitBias = Map.of();
        private @Nullable Long seed;

        private Builder() {}

        public Builder temperature(float value) {
            temperature = value;
            return this;
        }

        public Builder topK(int value) {
            topK = value;
            return this;
        }

        public Builder topP(float value) {
            topP = value;
            return this;
        }

        public Builder minP(float value) {
            minP = value;
            return this;
        }

        public Builder repetitionPenalty(float value) {
            repetitionPenalty = value;
            return this;
        }

        public Builder presencePenalty(float value) {
            presencePenalty = value;
            return this;
        }

        public Builder frequencyPenalty(float value) {
            frequencyPenalty = value;
            return this;
        }

        public Builder penaltyWindow(int value) {
            penaltyWindow = value;
            return this;
        }

        public Builder logitBias(Map<Integer, Float> value) {
            logitBias = value;
            return this;
        }

        public Builder seed(@Nullable Long value) {
            seed = value;
            return this;
        }

        public SamplingParameters build() {
            return new SamplingParameters(
                    temperature,
                    topK,
                    topP,
                    minP,
                    repetitionPenalty,
                    presencePenalty,
                    frequencyPenalty,
                    penaltyWindow,
                    logitBias,
                    seed);
        }
    }
}
