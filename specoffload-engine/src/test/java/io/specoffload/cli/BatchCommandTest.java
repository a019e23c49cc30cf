package io.specoffload.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.testing.TinyModels;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class BatchCommandTest {

    @TempDir
    Path folder;

    private Path target;
    private Path draft;
    private Path input;
    private Path output;

    private record Result(int code, String out, String err) {}

    @BeforeEach
    void writeModels() {
        target = TinyModels.target(folder);
        draft = TinyModels.draft(folder);
        input = folder.resolve("prompts.jsonl");
        output = folder.resolve("out.jsonl");
    }

    private Result run(String... more) {
        List<String> arguments = new ArrayList<>(arguments());
        arguments.addAll(List.of(more));
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments.toArray(String[]::new));
        return new Result(code, out.toString(), err.toString());
    }

    private List<String> arguments() {
        return List.of(
                "batch",
                "--target",
                target.toString(),
                "--draft",
                draft.toString(),
                "--input",
                input.toString(),
                "--output",
                output.toString(),
                "--context",
                "200",
                "--max-tokens",
                "40",
                "--kernels",
                "scalar",
                "--slots",
                "3");
    }

    private static Map<String, JsonNode> results(Path file) throws IOException {
        Map<String, JsonNode> results = new LinkedHashMap<>();
        for (String line : Files.readAllLines(file)) {
            JsonNode json = JsonMapper.shared().readTree(line);
            assertThat(results.put(json.get("id").toString(), json)).as(line).isNull();
        }
        return results;
    }

    private void writePrompts(int count) throws IOException {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            lines.add("{\"id\": \"r" + i + "\", \"prompt\": \"number " + i * 37 + "\", \"maxTokens\": " + (5 + i % 30)
                    + "}");
        }
        Files.write(input, lines);
    }

    @Test
    void everyKindOfRequestGetsItsResult() throws IOException {
        Files.writeString(input, """
                {"id": "text", "prompt": "hello"}
                {"id": 2, "tokens": [256, 104, 105], "maxTokens": 5}

                {"id": "chat", "messages": [{"role": "user", "content": "hi"}], "temperature": 0.8, "seed": 7}
                {"id": "again", "messages": [{"role": "user", "content": "hi"}], "temperature": 0.8, "seed": 7}
                {"id": "bad token", "tokens": [99999]}
                {"id": "too long", "prompt": "%s"}
                """.formatted("x".repeat(300)));
        Result result = run("--json");
        assertThat(result.code()).as(result.err()).isZero();
        Map<String, JsonNode> results = results(output);
        assertThat(results.keySet())
                .containsExactlyInAnyOrder("\"text\"", "2", "\"chat\"", "\"again\"", "\"bad token\"", "\"too long\"");
        assertThat(results.get("2").get("tokens").size()).isEqualTo(5);
        assertThat(results.get("2").get("finishReason").asString()).isEqualTo("length");
        assertThat(results.get("2").get("usage").toString()).isEqualTo("{\"promptTokens\":3,\"completionTokens\":5}");
        assertThat(results.get("\"chat\"").get("tokens"))
                .isEqualTo(results.get("\"again\"").get("tokens"));
        assertThat(results.get("\"bad token\"").get("error").asString()).contains("99999");
        assertThat(results.get("\"too long\"").get("error").asString()).contains("context");
        assertThat(results.get("\"text\"").has("error")).isFalse();
        JsonNode report = JsonMapper.shared().readTree(result.out());
        assertThat(report.get("requests").asInt()).isEqualTo(6);
        assertThat(report.get("completed").asInt()).isEqualTo(4);
        assertThat(report.get("failed").asInt()).isEqualTo(2);
        assertThat(report.get("stats").get("usefulTokensPerSecond").asDouble()).isPositive();
        assertThat(report.get("stats").get("rawTokensPerSecond").asDouble()).isPositive();
    }

    @Test
    void theNumberOfGroupsChangesNothing() throws IOException {
        writePrompts(20);
        List<Map<String, JsonNode>> all = new ArrayList<>();
        for (String option :
                new String[] {"--groups=1", "--groups=2", "--groups=auto", "--serial", "--no-speculation"}) {
            Files.deleteIfExists(output);
            Result result = run(option);
            assertThat(result.code()).as(result.err()).isZero();
            all.add(results(output));
        }
        for (Map<String, JsonNode> results : all) {
            assertThat(results).isEqualTo(all.getFirst());
        }
    }

    @Test
    void aRunThatIsOverIsNotRepeated() throws IOException {
        writePrompts(5);
        assertThat(run().code()).isZero();
        byte[] before = Files.readAllBytes(output);
        Result again = run("--json");
        assertThat(again.code()).isZero();
        assertThat(Files.readAllBytes(output)).isEqualTo(before);
        assertThat(JsonMapper.shared().readTree(again.out()).get("resumed").asInt())
                .isEqualTo(5);
    }

    @Test
    void aTornLineIsRepairedWhereverItWasTorn() throws IOException {
        writePrompts(4);
        assertThat(run().code()).isZero();
        Map<String, JsonNode> expected = results(output);
        byte[] whole = Files.readAllBytes(output);
        int lastLine =
                new String(whole, java.nio.charset.StandardCharsets.ISO_8859_1).lastIndexOf('\n', whole.length - 2) + 1;
        for (int end : new int[] {0, 1, lastLine, lastLine + 1, (lastLine + whole.length) / 2, whole.length - 1}) {
            Files.write(output, java.util.Arrays.copyOf(whole, end));
            Result result = run();
            assertThat(result.code()).as(result.err()).isZero();
            assertThat(results(output))
                    .as("torn at %d of %d", end, whole.length)
                    .isEqualTo(expected);
        }
    }

    @Test
    void aKilledRunGoesOnWithoutLossOrRepetition() throws Exception {
        writePrompts(150);
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(arguments());
        try (WatchService watch = folder.getFileSystem().newWatchService()) {
            folder.register(watch, StandardWatchEventKinds.ENTRY_MODIFY);
            Process process = new ProcessBuilder(command)
                    .redirectOutput(folder.resolve("child.log").toFile())
                    .redirectErrorStream(true)
                    .start();
            try {
                while (process.isAlive()
                        && (Files.notExists(output)
                                || Files.readAllLines(output).size() < 20)) {
                    var key = watch.poll(1, TimeUnit.SECONDS);
                    if (key != null) {
                        key.pollEvents();
                        key.reset();
                    }
                }
            } finally {
                process.destroyForcibly().waitFor();
            }
            assertThat(process.exitValue())
                    .as("killed, not ended: %s", Files.readString(folder.resolve("child.log")))
                    .isNotZero();
        }
        int survived =
                (int) Files.readString(output).chars().filter(c -> c == '\n').count();
        assertThat(survived).isBetween(20, 149);
        Files.writeString(output, "{\"id\":\"r", StandardOpenOption.APPEND);

        Result result = run("--json");
        assertThat(result.code()).as(result.err()).isZero();
        JsonNode report = JsonMapper.shared().readTree(result.out());
        assertThat(report.get("resumed").asInt()).isEqualTo(survived);
        Map<String, JsonNode> resumed = results(output);
        assertThat(resumed).hasSize(150);

        Files.delete(output);
        assertThat(run("--no-speculation").code()).isZero();
        assertThat(resumed).isEqualTo(results(output));
    }

    @Test
    void badInputIsRefusedBeforeAnythingRuns() throws IOException {
        refused("line 2: the id \"a\" is that of line 1", """
                {"id": "a", "prompt": "x"}
                {"id": "a", "prompt": "y"}
                """);
        refused("line 1: not a JSON object", "prompt");
        refused("line 1: the id must be", "{\"prompt\": \"x\"}");
        refused("exactly one of prompt, tokens and messages", "{\"id\": 1}");
        refused("exactly one of", "{\"id\": 1, \"prompt\": \"x\", \"tokens\": [1]}");
        refused("unknown field \"max_tokens\"", "{\"id\": 1, \"prompt\": \"x\", \"max_tokens\": 3}");
        refused("maxTokens is 0", "{\"id\": 1, \"prompt\": \"x\", \"maxTokens\": 0}");
        refused("tokens must be an array", "{\"id\": 1, \"tokens\": [1.5]}");
        refused("needs a role and a content", "{\"id\": 1, \"messages\": [{\"role\": \"user\"}]}");
        assertThat(Files.exists(output)).isFalse();

        writePrompts(1);
        Files.writeString(output, "something else\n");
        Result strange = run();
        assertThat(strange.code()).isEqualTo(2);
        assertThat(strange.err()).contains("no result of a batch");
        Files.writeString(output, "{\"id\": \"stranger\", \"finishReason\": \"stop\"}\n");
        assertThat(run().err()).contains("not in");
        assertThat(run("--groups", "3").code()).isEqualTo(2);
    }

    private void refused(String problem, String lines) throws IOException {
        Files.writeString(input, lines);
        Result result = run();
        assertThat(result.code()).as(result.err()).isEqualTo(2);
        assertThat(result.err().lines()).singleElement().asString().contains(problem);
    }

    @Test
    void progressTellsWhatIsLeft() {
        StringWriter text = new StringWriter();
        BatchProgress progress = new BatchProgress(new PrintWriter(text), true, 100, 20, 0);
        assertThat(progress.describe(20, 0, 0)).isEqualTo("20 of 100 (20%), 0.0 tokens/s, ? left");
        // 40 in 80 s of this run, 40 to go
        assertThat(progress.describe(60, 4000, 80_000_000_000L))
                .isEqualTo("60 of 100 (60%), 50.0 tokens/s, 0:01:20 left");
        progress.update(60, 4000, 80_000_000_000L);
        progress.update(61, 4100, 80_000_000_001L);
        assertThat(text.toString()).contains("60 of 100").doesNotContain("61 of 100");
        progress.update(100, 9000, 80_000_000_002L);
        assertThat(text.toString()).contains("100 of 100");
    }
}
