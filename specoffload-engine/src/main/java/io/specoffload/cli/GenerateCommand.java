package io.specoffload.cli;

import io.specoffload.engine.EngineConfig;
import io.specoffload.engine.EngineInfo;
import io.specoffload.engine.Generation;
import io.specoffload.engine.GenerationListener;
import io.specoffload.engine.GenerationRequest;
import io.specoffload.engine.GenerationResult;
import io.specoffload.engine.Prompt;
import io.specoffload.engine.SpecOffloadEngine;
import io.specoffload.sampling.SamplingParameters;
import io.specoffload.telemetry.RoutingStatistics;
import io.specoffload.tokenizer.ChatMessage;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code generate}: one prompt to one answer. */
@Command(
        name = "generate",
        mixinStandardHelpOptions = true,
        description = "Continues a prompt with the target model, with the draft model's help where one is given.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class GenerateCommand extends CliCommand {

    @Option(names = "--target", required = true, description = "GGUF file of the target model")
    private Path target;

    @Option(names = "--draft", description = "GGUF file of the draft model")
    private @Nullable Path draft;

    @ArgGroup(multiplicity = "1")
    private PromptOptions prompt;

    @ArgGroup(exclusive = false, heading = "Sampling:%n", validate = false)
    private SamplingOptions sampling = new SamplingOptions();

    @Option(
            names = "--max-tokens",
            description = "limit on new tokens (default: ${DEFAULT-VALUE})",
            defaultValue = "128")
    private int maxTokens;

    @Option(names = "--stop", description = "a text that ends the answer; may be repeated")
    private List<String> stop = List.of();

    @Option(names = "--ignore-eos", description = "go on after end-of-generation tokens")
    private boolean ignoreEos;

    @Option(names = "--no-speculation", description = "decode without candidates")
    private boolean noSpeculation;

    @Option(
            names = "--candidates",
            description = "candidates per round (default: ${DEFAULT-VALUE})",
            defaultValue = "4")
    private int candidates;

    @Option(names = "--prompt-lookup", description = "without a draft model, draft from the text so far")
    private boolean promptLookup;

    @Option(names = "--threads", description = "compute threads; 0 for every core", defaultValue = "0")
    private int threads;

    @Option(names = "--context", description = "positions per sequence")
    private @Nullable Integer context;

    @Option(
            names = "--batch-size",
            description = "prompt rows per pass (default: ${DEFAULT-VALUE})",
            defaultValue = "128")
    private int batchSize;

    @Option(
            names = "--kv-type",
            description = "element type of the KV cache: f32 or f16 (default: ${DEFAULT-VALUE})",
            defaultValue = "f16")
    private String kvType = "f16";

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

    /** Exactly one of these. */
    static final class PromptOptions {
        @Option(names = "--prompt", description = "text; BOS by the file's rule")
        private @Nullable String text;

        @Option(names = "--tokens", split = ",", description = "token ids, taken as they are")
        private int @Nullable [] tokens;

        @Option(names = "--chat", description = "a user's message, put through the chat template")
        private @Nullable String chat;

        Prompt toPrompt() {
            if (text != null) {
                return new Prompt.Text(text);
            }
            if (tokens != null) {
                return new Prompt.Tokens(tokens);
            }
            return new Prompt.Chat(List.of(ChatMessage.user(chat == null ? "" : chat)), List.of(), Map.of());
        }
    }

    /** How tokens are chosen. */
    static final class SamplingOptions {
        @Option(names = "--temperature", description = "0 for greedy (default)")
        private float temperature;

        @Option(names = "--top-k")
        private int topK;

        @Option(names = "--top-p")
        private float topP = 1;

        @Option(names = "--min-p")
        private float minP;

        @Option(names = "--repeat-penalty")
        private float repeatPenalty = 1;

        @Option(names = "--seed", description = "makes sampling repeatable")
        private @Nullable Long seed;

        SamplingParameters toParameters() {
            return SamplingParameters.builder()
                    .temperature(temperature)
                    .topK(topK)
                    .topP(topP)
                    .minP(minP)
                    .repetitionPenalty(repeatPenalty)
                    .seed(seed)
                    .build();
        }
    }

    @Override
    void run() throws InterruptedException {
        GenerationRequest request = GenerationRequest.builder(prompt.toPrompt())
                .sampling(sampling.toParameters())
                .maxTokens(maxTokens)
                .stop(stop)
                .ignoreEos(ignoreEos)
                .speculate(!noSpeculation)
                .build();
        EngineConfig config = EngineConfig.builder(target)
                .draftModel(noSpeculation ? null : draft)
                .contextLength(context)
                .slots(1)
                .queueCapacity(1)
                .threads(threads)
                .candidates(noSpeculation ? 0 : candidates)
                .promptLookup(promptLookup && !noSpeculation)
                .prefillChunk(batchSize)
                .kvType(EngineConfig.KvType.valueOf(kvType.toUpperCase(Locale.ROOT)))
                .kernels(EngineConfig.KernelChoice.valueOf(kernels.toUpperCase(Locale.ROOT)))
                .build();
        PrintWriter out = out();
        try (SpecOffloadEngine engine = SpecOffloadEngine.open(config)) {
            Generation generation = engine.submit(request, json() ? new GenerationListener() {} : printing(out));
            GenerationResult result = await(generation);
            if (json()) {
                out.println(CliSupport.json(report(result, engine.info(), engine.routing())));
            } else {
                out.println();
            }
            out.flush();
        }
    }

    private static GenerationResult await(Generation generation) throws InterruptedException {
        try {
            return generation.result().get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the engine failed", e.getCause());
        }
    }

    private static GenerationListener printing(PrintWriter out) {
        return new GenerationListener() {
            @Override
            public void onText(String text) {
                out.print(text);
                out.flush();
            }
        };
    }

    private static Map<String, Object> report(
            GenerationResult result, EngineInfo info, Optional<RoutingStatistics> routing) {
        GenerationResult.Usage usage = result.usage();
        double prefill = usage.prefill().toNanos() / 1e9;
        double decode = usage.decode().toNanos() / 1e9;
        Map<String, Object> stats = new LinkedHashMap<>();
        stats.put("prefillTokensPerSecond", rate(usage.promptTokens(), prefill));
        // the first token comes with the prompt's own pass
        stats.put("decodeTokensPerSecond", rate(usage.completionTokens() - 1, decode));
        stats.put("usefulTokensPerSecond", rate(usage.completionTokens(), prefill + decode));
        stats.put("rawTokensPerSecond", rate(usage.rounds() + usage.accepted(), prefill + decode));
        stats.put("rounds", usage.rounds());
        stats.put("drafted", usage.drafted());
        stats.put("accepted", usage.accepted());
        stats.put("streamedBytes", Map.of("disk", 0, "h2d", 0));
        long weights =
                info.target().bytes() + (info.draft() == null ? 0 : info.draft().bytes());
        Map<String, Object> peak = new LinkedHashMap<>();
        peak.put("host", weights + info.kvCacheBytes());
        peak.put("device", 0);
        stats.put("peakBytes", peak);
        stats.put("bindingResource", null);
        routing.ifPresent(experts -> stats.put("experts", experts(experts)));
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("tokens", result.tokens());
        report.put("text", result.text());
        report.put("finishReason", result.finishReason().label());
        Map<String, Object> counts = new LinkedHashMap<>();
        counts.put("promptTokens", usage.promptTokens());
        counts.put("completionTokens", usage.completionTokens());
        report.put("usage", counts);
        report.put("stats", stats);
        return report;
    }

    private static Map<String, Object> experts(RoutingStatistics routing) {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("layers", routing.layers());
        report.put("experts", routing.experts());
        report.put("passes", routing.passes(0));
        report.put("meanRows", hundredths(routing.meanRows()));
        report.put("meanDistinctPerLayer", hundredths(routing.meanDistinct()));
        return report;
    }

    private static double hundredths(double value) {
        return Math.round(value * 100) / 100.0;
    }

    private static @Nullable Double rate(int tokens, double seconds) {
        return tokens <= 0 || seconds <= 0 ? null : hundredths(tokens / seconds);
    }
}
