package io.specoffload.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** This engine's {@code batch}, in a JVM of its own: many prompts at once, with or without a draft model. */
final class BatchContender implements Contender {

    private final StreamedSettings settings;
    private final Path target;
    private final @Nullable Path draft;
    private final Path input;
    private final Path output;

    /**
     * Prepares runs.
     *
     * @param folder for the requests and the answers
     */
    BatchContender(StreamedSettings settings, Path target, @Nullable Path draft, BenchTokens tokens, Path folder)
            throws IOException {
        this.settings = settings;
        this.target = target;
        this.draft = draft;
        input = folder.resolve("requests.jsonl");
        output = folder.resolve("answers.jsonl");
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < settings.batch(); i++) {
            Map<String, Object> request = new LinkedHashMap<>();
            request.put("id", i);
            request.put("tokens", tokens.range(i * settings.promptLength(), settings.promptLength()));
            request.put("maxTokens", settings.outputLength());
            lines.add(JsonMapper.shared().writeValueAsString(request));
        }
        Files.write(input, lines);
    }

    @Override
    public String name() {
        return draft == null ? "specoffload batch" : "specoffload batch + draft";
    }

    @Override
    public boolean ours() {
        return true;
    }

    @Override
    public List<String> command() {
        try {
            // an old one would be gone on with
            Files.deleteIfExists(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<String> command = new ArrayList<>(settings.engineCommand());
        command.addAll(List.of(
                "batch",
                "--json",
                "--input",
                input.toString(),
                "--output",
                output.toString(),
                "--slots",
                String.valueOf(settings.batch())));
        command.addAll(EngineContender.common(settings, target, draft));
        return command;
    }

    @Override
    public JsonNode work(JsonChild child) {
        return child.answer();
    }

    @Override
    public RunFigures read(JsonNode answer) {
        if (answer.path("failed").asInt(0) > 0) {
            throw new ChildFailedException(answer.path("failed").asInt(0) + " requests failed");
        }
        JsonNode streaming = answer.at("/stats/streaming");
        long bytes = answer.at("/stats/streamedBytes/disk").asLong(0);
        return new RunFigures(
                "",
                List.of(),
                Math.round(RunFigures.positive(answer, "/usage/completionTokens")),
                RunFigures.positive(answer, "/seconds"),
                Double.NaN,
                bytes,
                bytes,
                streaming.path("bytesPerSecond").asDouble(Double.NaN),
                streaming.path("shareOfDirectReads").asDouble(Double.NaN),
                answer.at("/stats/drafted").asLong(0),
                answer.at("/stats/accepted").asLong(0),
                RunFigures.Memory.of(answer.path("stats")));
    }
}
