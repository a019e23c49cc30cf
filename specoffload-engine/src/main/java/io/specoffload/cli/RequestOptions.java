package io.specoffload.cli;

import io.specoffload.engine.GenerationRequest;
import io.specoffload.engine.Prompt;
import io.specoffload.sampling.SamplingParameters;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of the commands that generate: how tokens are chosen, and where an answer ends. */
final class RequestOptions {

    @Option(names = "--temperature", description = "0 for greedy (default)")
    private float temperature;

    @Option(names = "--top-k", description = "sample from this many most likely tokens; 0 for all (default)")
    private int topK;

    @Option(names = "--top-p", description = "sample from the smallest set of tokens this likely; 1 for all (default)")
    private float topP = 1;

    @Option(names = "--min-p", description = "drop tokens less likely than this times the most likely")
    private float minP;

    @Option(names = "--repeat-penalty", description = "above 1, makes recent tokens less likely")
    private float repeatPenalty = 1;

    @Option(names = "--seed", description = "makes sampling repeatable")
    private @Nullable Long seed;

    @Option(
            names = "--max-tokens",
            description = "limit on new tokens (default: ${DEFAULT-VALUE})",
            defaultValue = "128")
    private int maxTokens;

    @Option(names = "--stop", description = "a text that ends the answer; may be repeated")
    private List<String> stop = List.of();

    @Option(names = "--ignore-eos", description = "go on after end-of-generation tokens")
    private boolean ignoreEos;

    GenerationRequest toRequest(Prompt prompt, boolean speculate) {
        return toRequest(prompt, speculate, null, null, null);
    }

    /** A request with what these options say, but for what is given here. */
    GenerationRequest toRequest(
            Prompt prompt,
            boolean speculate,
            @Nullable Integer ownMaxTokens,
            @Nullable Float ownTemperature,
            @Nullable Long ownSeed) {
        SamplingParameters sampling = SamplingParameters.builder()
                .temperature(ownTemperature == null ? temperature : ownTemperature)
                .topK(topK)
                .topP(topP)
                .minP(minP)
                .repetitionPenalty(repeatPenalty)
                .seed(ownSeed == null ? seed : ownSeed)
                .build();
        return GenerationRequest.builder(prompt)
                .sampling(sampling)
                .maxTokens(ownMaxTokens == null ? maxTokens : ownMaxTokens)
                .stop(stop)
                .ignoreEos(ignoreEos)
                .speculate(speculate)
                .build();
    }
}
