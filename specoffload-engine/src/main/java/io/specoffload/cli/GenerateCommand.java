package io.specoffload.cli;

import io.specoffload.engine.EngineConfig;
import io.specoffload.engine.Generation;
import io.specoffload.engine.GenerationListener;
import io.specoffload.engine.GenerationRequest;
import io.specoffload.engine.GenerationResult;
import io.specoffload.engine.Prompt;
import io.specoffload.engine.SpecOffloadEngine;
import io.specoffload.store.WeightReadException;
import io.specoffload.telemetry.RoutingStatistics;
import io.specoffload.tokenizer.ChatMessage;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code generate}: one prompt to one answer. */
@Command(
        name = "generate",
        mixinStandardHelpOptions = true,
        description = "Continues a prompt with the target model, with the draft model's help where one is given.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class GenerateCommand extends CliCommand {

    @Mixin
    private EngineOptions engineOptions = new EngineOptions();

    @Mixin
    private RequestOptions requestOptions = new RequestOptions();

    @ArgGroup(multiplicity = "1")
    private PromptOptions prompt;

    @Option(
            names = "--warm-up",
            description = "seconds to compute before the prompt until the kernels are compiled (default: 0)",
            defaultValue = "0")
    private double warmUp;

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

    @Override
    void run() throws InterruptedException {
        GenerationRequest request = requestOptions.toRequest(prompt.toPrompt(), engineOptions.speculates());
        EngineConfig config = engineOptions.toBuilder(1, 1)
                .warmUp(Duration.ofMillis(Math.round(warmUp * 1000)))
                .build();
        PrintWriter out = out();
        try (SpecOffloadEngine engine = SpecOffloadEngine.open(config)) {
            Generation generation = engine.submit(request, json() ? new GenerationListener() {} : printing(out));
            GenerationResult result = await(generation);
            if (json()) {
                out.println(CliSupport.json(report(result, engine)));
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
            if (e.getCause() instanceof WeightReadException unreadable) {
                throw unreadable;
            }
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

    private static Map<String, Object> report(GenerationResult result, SpecOffloadEngine engine) {
        GenerationResult.Usage usage = result.usage();
        RunStatistics run = new RunStatistics();
        run.add(usage);
        Map<String, Object> stats = new LinkedHashMap<>();
        double prefill = usage.prefill().toNanos() / 1e9;
        double decode = usage.decode().toNanos() / 1e9;
        stats.put("prefillTokensPerSecond", RunStatistics.rate(usage.promptTokens(), prefill));
        // the first token comes with the prompt's own pass
        stats.put("decodeTokensPerSecond", RunStatistics.rate(usage.completionTokens() - 1, decode));
        stats.put("prefillSeconds", prefill);
        stats.put("decodeSeconds", decode);
        stats.putAll(run.report(prefill + decode, engine));
        engine.routing().ifPresent(experts -> stats.put("experts", experts(experts)));
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("tokens", result.tokens());
        report.put("text", result.text());
        report.put("finishReason", result.finishReason().label());
        report.put("usage", RunStatistics.counts(usage));
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
}
