package io.specoffload.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code bench} as a whole, on synthesized models. */
class BenchCommandTest {

    @TempDir
    private static Path folder;

    private static String target;
    private static String draft;

    private record Result(int code, String out, String err) {}

    private static Result run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        int code = commandLine.execute(arguments);
        return new Result(code, out.toString(), err.toString());
    }

    @BeforeAll
    static void synthesize() throws Exception {
        draft = folder.resolve("d.gguf").toString();
        target = folder.resolve("t.gguf").toString();
        // heads of 32: the older llama.cpp aborts on a quantized cache of smaller ones
        Path small = Files.writeString(folder.resolve("small.json"), shape(1, 128, 128));
        Path large = Files.writeString(folder.resolve("large.json"), shape(6, 256, 1024));
        Result first = run("synthesize", "--shape", small.toString(), "--type", "F16", "--out", draft);
        assertThat(first.code()).as(first.err()).isZero();
        Result second =
                run("synthesize", "--shape", large.toString(), "--type", "F16", "--pair-with", draft, "--out", target);
        assertThat(second.code()).as(second.err()).isZero();
    }

    private static String shape(int layers, int width, int feedForward) {
        return """
                {"architecture":"llama","layers":%d,"width":%d,"feedForward":%d,"heads":4,"kvHeads":2,"vocabulary":1000}""".formatted(layers, width, feedForward);
    }

    /** The model does not fit the budget, so that its weights stream in every run. */
    private static JsonNode streamed(String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "bench",
                "--json",
                "--offload",
                "--target",
                target,
                "--draft",
                draft,
                "--memory-budget",
                "15MB",
                "--memory-limit",
                "500MB",
                "--prompt-length",
                "8",
                "--output-length",
                "4",
                "--threads",
                "1",
                "--repetitions",
                "1"));
        arguments.addAll(List.of(more));
        Result result = run(arguments.toArray(String[]::new));
        assertThat(result.code()).as(result.err()).isZero();
        JsonNode report = JsonMapper.shared().readTree(result.out());
        assertThat(report.at("/machine/cores").asInt()).isPositive();
        JsonNode table = report.at("/results/0");
        if (table.get("memoryGroup").isNull()) {
            assertThat(table.get("noMemoryGroup").asString()).isNotEmpty();
            assertThat(result.err()).contains("no memory group could be made: ");
        }
        assertThat(table.at("/directReadBytesPerSecond/count").asInt()).isEqualTo(3);
        assertThat(table.get("rows").size()).isEqualTo(2);
        for (JsonNode row : table.get("rows")) {
            assertThat(row.get("failures").size()).as(row.toString()).isZero();
            assertThat(row.at("/tokensPerSecond/median").asDouble()).isPositive();
            assertThat(row.get("readBytes").asLong()).isPositive();
            assertThat(row.get("bound").asDouble()).isPositive();
        }
        assertThat(table.at("/rows/0/acceptance").isNull()).isTrue();
        assertThat(table.at("/ratios").size()).isEqualTo(1);
        assertThat(table.at("/ratios/0/pairs").asInt()).isEqualTo(1);
        return table;
    }

    @Test
    void theChosenNumberOfCandidatesIsComparedWithEveryFixedOne() {
        Result result = run(
                "bench",
                "--json",
                "--target",
                target,
                "--draft",
                draft,
                "--candidates",
                "4",
                "--prefill",
                "8",
                "--verify",
                "2",
                "--decode",
                "2",
                "--threads",
                "1",
                "--repetitions",
                "1");
        assertThat(result.code()).as(result.err()).isZero();
        JsonNode speculation = JsonMapper.shared().readTree(result.out()).at("/results/0/speculation/0");
        assertThat(speculation.get("chosen").asDouble()).isPositive();
        assertThat(speculation.get("fixed").findValues("candidates").stream().map(JsonNode::asInt))
                .containsExactly(0, 1, 2, 4);
        for (JsonNode fixed : speculation.get("fixed")) {
            assertThat(fixed.get("tokensPerSecond").asDouble()).isPositive();
            assertThat(fixed.at("/chosen/pairs").asInt()).isEqualTo(1);
        }
    }

    @Test
    void speculationIsComparedWhileWeightsStream() {
        JsonNode table = streamed("--kv-type", "q8_0", "--read-rate", "2GB/s");
        assertThat(table.at("/rows/1/subject").asString()).isEqualTo("specoffload + draft");
        // whatever was drafted, the output is the target's
        assertThat(table.at("/rows/1/sameOutput").asDouble()).isEqualTo(1);
        assertThat(table.at("/ratios/0/subject").asString()).isEqualTo("specoffload + draft");
        assertThat(table.at("/ratios/0/against").asString()).isEqualTo("specoffload");
    }

    @Test
    void aBatchIsComparedWithSpeculationOnAndOff() {
        JsonNode table = streamed("--batch", "2", "--groups", "1");
        assertThat(table.get("batch").asInt()).isEqualTo(2);
        assertThat(table.at("/rows/1/subject").asString()).isEqualTo("specoffload batch + draft");
    }

    @Test
    void aBudgetThatIsTooSmallIsRefusedWithTheArithmetic() {
        Result result = run("bench", "--offload", "--target", target, "--memory-budget", "1MB", "--threads", "1");
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err()).contains("memory budget", "is too small");
    }

    /** One command, a table for each model; with the other llama.cpp where its library loads. */
    @Test
    void severalModelsAreMeasuredBesideThePeer() {
        Result result = run(
                "bench",
                "--json",
                "--target",
                target + "," + draft,
                "--prefill",
                "8",
                "--verify",
                "2",
                "--decode",
                "2",
                "--depth",
                "4",
                "--threads",
                "1",
                "--repetitions",
                "1",
                "--kv-type",
                "q8_0",
                "--context",
                "256",
                "--peer",
                "llama.cpp");
        Assumptions.assumeFalse(
                result.code() == 2 && result.err().contains("UnsatisfiedLinkError"), "llama.cpp does not load here");
        assertThat(result.code()).as(result.err()).isZero();
        JsonNode report = JsonMapper.shared().readTree(result.out());
        assertThat(report.get("results")
                        .valueStream()
                        .map(table -> table.get("target").asString()))
                .containsExactly(target, draft);
        for (JsonNode table : report.get("results")) {
            List<String> rows = table.at("/tables/0/rows")
                    .valueStream()
                    .map(row -> row.get("operation").asString() + " "
                            + row.get("subject").asString().replaceFirst(" .*", ""))
                    .toList();
            assertThat(rows)
                    .containsExactly(
                            "prefill specoffload",
                            "prefill llama.cpp",
                            "verify specoffload",
                            "decode specoffload",
                            "decode llama.cpp");
            assertThat(table.at("/tables/0/rows/1/subject").asString()).contains("de.kherud:llama");
            assertThat(table.at("/tables/0/sameGreedyToken").isEmpty()).isTrue();
        }
    }

    private static void refused(String words, String... arguments) {
        List<String> all = new ArrayList<>(List.of("bench", "--target", target));
        all.addAll(List.of(arguments));
        Result result = run(all.toArray(String[]::new));
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err().strip().lines()).hasSize(1);
        assertThat(result.err()).contains(words);
    }

    @Test
    void optionsThatMeanNothingAreRefused() {
        refused("needs --memory-budget", "--offload");
        refused("belong to bench --offload", "--memory-budget", "1GB");
        refused("one number of --threads", "--offload", "--memory-budget", "1GB", "--threads", "1,2");
        refused("--draft", "--offload", "--memory-budget", "1GB", "--batch", "4");
        refused("there is only llama.cpp", "--peer", "other");
        refused("--peer-node", "--peer", "llama.cpp", "--offload", "--memory-budget", "1GB");
        refused("--kv-type", "--kv-type", "q4_0");
        refused("--groups", "--groups", "3");
        refused("npm install", "--offload", "--memory-budget", "1GB", "--peer-node", folder.toString());
    }
}
