package io.specoffload.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** This engine's {@code generate}, in a JVM of its own: one prompt, with or without a draft model. */
final class EngineContender implements Contender {

    private final StreamedSettings settings;
    private final Path target;
    private final @Nullable Path draft;
    private final BenchTokens tokens;

    EngineContender(StreamedSettings settings, Path target, @Nullable Path draft, BenchTokens tokens) {
        this.settings = settings;
        this.target = target;
        this.draft = draft;
        this.tokens = tokens;
    }

    @Override
    public String name() {
        return draft == null ? "specoffload" : "specoffload + draft";
    }

    @Override
    public boolean ours() {
        return true;
    }

    @Override
    public List<String> command() {
        List<String> command = new ArrayList<>(settings.engineCommand());
        command.addAll(List.of("generate", "--json", "--tokens", list(tokens.range(0, settings.promptLength()))));
        command.addAll(common(settings, target, draft));
        return command;
    }

    /** The options that single and many sequences share. */
    static List<String> common(StreamedSettings settings, Path target, @Nullable Path draft) {
        List<String> options = new ArrayList<>(List.of(
                "--target",
                target.toString(),
                "--max-tokens",
                String.valueOf(settings.outputLength()),
                "--ignore-eos",
                "--memory-budget",
                String.valueOf(settings.memoryBudget()),
                "--threads",
                String.valueOf(settings.threads()),
                "--context",
                String.valueOf(settings.positions()),
                "--kv-type",
                settings.kvType()));
        if (settings.readRate() > 0) {
            options.addAll(List.of("--read-rate", String.valueOf(settings.readRate())));
        }
        if (draft == null) {
            options.add("--no-speculation");
        } else {
            options.addAll(List.of("--draft", draft.toString(), "--candidates", String.valueOf(settings.candidates())));
        }
        options.addAll(settings.engineOptions());
        return options;
    }

    static String list(int[] ids) {
        return IntStream.of(ids).mapToObj(String::valueOf).collect(Collectors.joining(","));
    }

    @Override
    public JsonNode work(JsonChild child) {
        return child.answer();
    }

    /** The first token comes with the prompt; sweeps after the prompt's are of the decoding. */
    @Override
    public RunFigures read(JsonNode answer) {
        List<Integer> output = RunFigures.ids(answer.path("tokens"));
        long decoded = output.size() - 1L;
        double seconds = answer.at("/stats/decodeSeconds").asDouble(0);
        double promptSeconds = answer.at("/stats/prefillSeconds").asDouble(0);
        if (decoded < 1 || !(seconds > 0)) {
            throw new ChildFailedException("the engine generated " + output.size() + " tokens, which is too few");
        }
        JsonNode streaming = answer.at("/stats/streaming");
        long read = answer.at("/stats/streamedBytes/disk").asLong(0);
        double sweeps = streaming.path("sweeps").asDouble(0);
        // sweeps of a model with experts differ, so those of the prompt are taken to be like the others
        double decodeSweeps = Math.max(0, sweeps - promptSweeps(answer));
        return new RunFigures(
                "",
                output,
                decoded,
                seconds,
                promptSeconds,
                sweeps == 0 ? 0 : Math.round(read * decodeSweeps / sweeps),
                read,
                streaming.path("bytesPerSecond").asDouble(Double.NaN),
                streaming.path("shareOfDirectReads").asDouble(Double.NaN),
                answer.at("/stats/drafted").asLong(0),
                answer.at("/stats/accepted").asLong(0),
                RunFigures.Memory.of(answer.path("stats")));
    }

    /** Rounds count the target's passes that gave a token, of which the prompt's last one is the first. */
    private static double promptSweeps(JsonNode answer) {
        double sweeps = answer.at("/stats/streaming/sweeps").asDouble(0);
        double rounds = answer.at("/stats/rounds").asDouble(0);
        return Math.max(1, sweeps - rounds + 1);
    }
}
