package io.specoffload.cli;

import io.specoffload.engine.GenerationListener;
import io.specoffload.engine.GenerationResult;
import io.specoffload.engine.SpecOffloadEngine;
import io.specoffload.pipeline.FinishReason;
import java.io.Console;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code batch}: many prompts to many answers, at the highest throughput. */
@Command(
        name = "batch",
        mixinStandardHelpOptions = true,
        description = {
            "Answers every request of a JSONL file, several at once, in any order.",
            "A request is {\"id\", \"prompt\" | \"tokens\" | \"messages\", \"maxTokens\"?, \"temperature\"?, \"seed\"?};"
                    + " a result is {\"id\", \"text\", \"tokens\", \"finishReason\", \"usage\", \"error\"?}.",
            "Run again with the same files, it goes on where it was stopped."
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class BatchCommand extends CliCommand {

    @Mixin
    private EngineOptions engineOptions = new EngineOptions();

    @Mixin
    private RequestOptions requestOptions = new RequestOptions();

    @Option(names = "--input", required = true, paramLabel = "prompts.jsonl", description = "the requests")
    private Path input;

    @Option(names = "--output", required = true, paramLabel = "out.jsonl", description = "the results")
    private Path output;

    @Option(
            names = "--slots",
            description = "sequences that run at once (default: ${DEFAULT-VALUE})",
            defaultValue = "8")
    private int slots;

    @Override
    void run() throws IOException, InterruptedException {
        if (Files.exists(output) && Files.isSameFile(input, output)) {
            throw new IllegalArgumentException("--input and --output are the same file");
        }
        List<BatchInput.Line> lines = BatchInput.read(input);
        try (BatchOutput results = BatchOutput.open(output)) {
            refuseStrangers(lines, results.done());
            List<BatchInput.Line> open = lines.stream()
                    .filter(line -> !results.done().contains(line.id()))
                    .toList();
            if (open.isEmpty()) {
                report(new Run(results, lines.size(), lines.size()), 0, null);
                return;
            }
            try (SpecOffloadEngine engine = SpecOffloadEngine.open(
                    engineOptions.toBuilder(slots, 2 * slots).build())) {
                Run run = new Run(results, lines.size(), lines.size() - open.size());
                long start = System.nanoTime();
                run.all(engine, open);
                report(run, (System.nanoTime() - start) / 1e9, engine);
            }
        }
    }

    private void refuseStrangers(List<BatchInput.Line> lines, Set<JsonNode> done) {
        Set<JsonNode> strangers = new HashSet<>(done);
        lines.forEach(line -> strangers.remove(line.id()));
        if (!strangers.isEmpty()) {
            throw new IllegalArgumentException(output + " holds the result of "
                    + strangers.iterator().next() + ", which is not in " + input + "; name another file with --output");
        }
    }

    private void report(Run run, double seconds, @Nullable SpecOffloadEngine engine) {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("requests", run.total);
        report.put("resumed", run.resumed);
        report.put("completed", run.finished - run.resumed - run.failed);
        report.put("failed", run.failed);
        report.put("seconds", Math.round(1000 * seconds) / 1000.0);
        Map<String, Object> usage = new LinkedHashMap<>();
        usage.put("promptTokens", run.statistics.promptTokens());
        usage.put("completionTokens", run.statistics.completionTokens());
        report.put("usage", usage);
        report.put("stats", engine == null ? Map.of() : run.statistics.report(seconds, engine));
        if (json()) {
            out().println(CliSupport.json(report));
            return;
        }
        err().println(run.resumed + " of " + run.total + " were done before, " + (run.finished - run.resumed)
                + " now, " + run.failed + " of them with an error; " + run.statistics.completionTokens()
                + " tokens in " + report.get("seconds") + " s: useful "
                + RunStatistics.rate(run.statistics.completionTokens(), seconds) + " tokens/s, raw "
                + (engine == null
                        ? null
                        : run.statistics.report(seconds, engine).get("rawTokensPerSecond"))
                + " tokens/s");
        err().flush();
    }

    /** One run over the requests that have no result yet. Its fields are guarded by itself. */
    private final class Run {
        private final BatchOutput results;
        private final RunStatistics statistics = new RunStatistics();
        private final BatchProgress progress;
        private final int total;
        private final int resumed;
        private final Semaphore places = new Semaphore(2 * Math.max(1, slots));
        private int finished;
        private int failed;
        private @Nullable IOException writeFailure;

        Run(BatchOutput results, int total, int resumed) {
            this.results = results;
            this.total = total;
            this.resumed = resumed;
            this.finished = resumed;
            this.progress = new BatchProgress(err(), onTerminal(), total, resumed, System.nanoTime());
        }

        /** Submits as fast as the engine takes them; returns when all have ended. */
        void all(SpecOffloadEngine engine, List<BatchInput.Line> lines) throws InterruptedException {
            for (BatchInput.Line line : lines) {
                places.acquire();
                checkOutput();
                try {
                    engine.submit(
                            requestOptions.toRequest(
                                    line.prompt(),
                                    engineOptions.speculates(),
                                    line.maxTokens(),
                                    line.temperature(),
                                    line.seed()),
                            listener(line.id()));
                } catch (IllegalArgumentException refused) {
                    ended(line.id(), null, refused);
                }
            }
            places.acquire(2 * Math.max(1, slots));
            checkOutput();
            progress.end();
        }

        private synchronized void checkOutput() {
            if (writeFailure != null) {
                throw new UncheckedIOException("cannot write to " + output, writeFailure);
            }
        }

        private GenerationListener listener(JsonNode id) {
            return new GenerationListener() {
                @Override
                public void onComplete(GenerationResult result) {
                    ended(id, result, null);
                }

                @Override
                public void onError(Throwable failure) {
                    ended(id, null, failure);
                }
            };
        }

        private synchronized void ended(JsonNode id, @Nullable GenerationResult result, @Nullable Throwable failure) {
            try {
                // a cancelled one is not done: the next run takes it up again
                if (result != null && result.finishReason() != FinishReason.CANCELLED) {
                    results.write(line(id, result));
                    statistics.add(result.usage());
                    finished++;
                } else if (failure != null) {
                    results.write(line(id, failure));
                    finished++;
                    failed++;
                }
                progress.update(finished, statistics.completionTokens(), System.nanoTime());
            } catch (IOException e) {
                writeFailure = e;
            } finally {
                places.release();
            }
        }
    }

    @SuppressWarnings("SystemConsoleNull") // it depends on the JDK which of the two says that nobody watches
    private static boolean onTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    private static Map<String, Object> line(JsonNode id, GenerationResult result) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("id", id);
        line.put("text", result.text());
        line.put("tokens", result.tokens());
        line.put("finishReason", result.finishReason().label());
        line.put("usage", RunStatistics.counts(result.usage()));
        return line;
    }

    private static Map<String, Object> line(JsonNode id, Throwable failure) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("id", id);
        line.put("text", "");
        line.put("tokens", List.of());
        line.put("finishReason", FinishReason.ERROR.label());
        line.put("usage", Map.of("promptTokens", 0, "completionTokens", 0));
        line.put("error", String.valueOf(failure.getMessage()));
        return line;
    }
}
