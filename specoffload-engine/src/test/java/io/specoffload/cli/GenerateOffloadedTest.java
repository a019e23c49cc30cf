package io.specoffload.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.testing.TinyModels;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code generate} and {@code logits} within a memory budget. */
class GenerateOffloadedTest {

    @TempDir
    private Path folder;

    private record Result(int code, String out, String err) {}

    private static Result run(List<String> arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        int code = commandLine.execute(arguments.toArray(String[]::new));
        return new Result(code, out.toString(), err.toString());
    }

    private static List<String> with(List<String> arguments, String... more) {
        List<String> all = new ArrayList<>(arguments);
        all.addAll(List.of(more));
        return all;
    }

    @Test
    void theStatisticsSayWhatWasStreamed() {
        Path model = TinyModels.write(folder.resolve("m.gguf"), new TinyModels.Size(6, 128, 4, 2, 11));
        List<String> generate = List.of(
                "generate",
                "--json",
                "--target",
                model.toString(),
                "--tokens",
                "1,2,3",
                "--max-tokens",
                "5",
                "--ignore-eos",
                "--context",
                "32",
                "--batch-size",
                "8",
                "--threads",
                "1",
                "--no-speculation");
        JsonNode resident = JsonMapper.shared().readTree(run(generate).out());
        assertThat(resident.at("/stats/streamedBytes/disk").asLong()).isZero();
        assertThat(resident.at("/stats/bindingResource").isNull()).isTrue();

        Result refused = run(with(generate, "--memory-budget", "100KiB"));
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err().strip().lines()).hasSize(1);
        String smallest = refused.err().replaceAll("(?s).*\\((\\d+) bytes\\).*", "$1");

        Result streamed =
                run(with(generate, "--memory-budget", smallest, "--staging", "1KiB", "--read-rate", "0.2GB/s"));
        assertThat(streamed.code()).as(streamed.err()).isZero();
        JsonNode report = JsonMapper.shared().readTree(streamed.out());
        assertThat(report.get("tokens")).isEqualTo(resident.get("tokens"));
        assertThat(run(with(generate, "--memory-budget", smallest, "--staging-layers", "2"))
                        .code())
                .isZero();
        JsonNode stats = report.get("stats");
        assertThat(stats.at("/streamedBytes/disk").asLong()).isPositive();
        assertThat(stats.at("/peakBytes/host").asLong()).isPositive().isLessThanOrEqualTo(Long.parseLong(smallest));
        assertThat(stats.get("bindingResource").asString()).isIn("disk", "compute");
        assertThat(stats.at("/streaming/stallSeconds/layerWeights").isNumber()).isTrue();
        assertThat(stats.at("/streaming/sweeps").asLong()).isEqualTo(5);
        assertThat(stats.at("/streaming/directReadBytesPerSecond").asDouble()).isPositive();
    }

    @Test
    void logitsAreTheSameWithinABudget() throws Exception {
        Path model = TinyModels.write(folder.resolve("m.gguf"), new TinyModels.Size(6, 128, 4, 2, 11));
        Path all = folder.resolve("all.f32");
        Path few = folder.resolve("few.f32");
        List<String> logits = List.of("logits", "--model", model.toString(), "--tokens", "5,6,7,8", "--out");
        assertThat(run(with(logits, all.toString())).code()).isZero();
        Result streamed = run(with(logits, few.toString(), "--memory-budget", "4MB"));
        assertThat(streamed.code()).as(streamed.err()).isZero();
        assertThat(Files.mismatch(all, few)).isEqualTo(-1);
    }
}
