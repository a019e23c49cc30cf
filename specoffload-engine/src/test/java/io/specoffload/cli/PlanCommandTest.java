package io.specoffload.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.engine.HardwareProfiler;
import io.specoffload.testing.Profiles;
import io.specoffload.testing.TinyModels;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class PlanCommandTest {

    @TempDir
    private Path folder;

    private List<String> plan = List.of();

    private record Result(int code, String out, String err) {}

    @BeforeEach
    void write() throws IOException {
        Path profile = Files.writeString(folder.resolve("p.json"), HardwareProfiler.toJson(Profiles.withoutDevice()));
        Path target = TinyModels.write(folder.resolve("t.gguf"), new TinyModels.Size(8, 128, 4, 2, 11));
        plan = List.of(
                "plan",
                "--target",
                target.toString(),
                "--draft",
                TinyModels.draft(folder).toString(),
                "--context",
                "64",
                "--profile",
                profile.toString());
    }

    private Result run(String... more) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        List<String> arguments = new ArrayList<>(plan);
        arguments.addAll(List.of(more));
        int code = Main.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments.toArray(String[]::new));
        return new Result(code, out.toString(), err.toString());
    }

    private String workload(String json) throws IOException {
        return Files.writeString(folder.resolve("w.json"), json).toString();
    }

    @Test
    void saysWhatItChoseWhatToExpectAndWhatLost() throws IOException {
        Result result = run("--workload", workload("{\"sequences\": 4, \"promptLength\": 8, \"outputLength\": 32}"));
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out())
                .contains("plan  ", "slots in", "expected", "tokens/s", "bound by", "memory", "searched")
                .contains("everything in memory");
        assertThat(result.out().lines().filter(line -> line.startsWith("not "))).isNotEmpty();
    }

    @Test
    void asJsonItIsWhatActuatorShows() throws IOException {
        Result result = run("--json", "--slots", "3", "--candidates", "2", "--workload", workload("{\"sequences\":9}"));
        assertThat(result.code()).as(result.err()).isZero();
        JsonNode json = JsonMapper.shared().readTree(result.out());
        assertThat(json.at("/policy/slots").asInt()).isEqualTo(3);
        assertThat(json.at("/policy/candidates").asInt()).isLessThanOrEqualTo(2);
        assertThat(json.at("/demand/sequences").asInt()).isEqualTo(9);
        assertThat(json.at("/predicted/tokensPerSecond").asDouble()).isPositive();
        assertThat(json.at("/bindingResource").asString()).isIn("compute", "draft");
        assertThat(json.at("/memory/items/KV cache").asLong()).isPositive();
        assertThat(json.get("runnersUp").size()).isPositive();
    }

    @Test
    void theCachesTypeIsTheUsersOrThePlans() {
        assertThat(kvType()).as("float16 fits").isEqualTo("f16");
        assertThat(kvType("--kv-type", "q8_0")).isEqualTo("q8_0");
        assertThat(kvType("--kv-type", "f32")).isEqualTo("f32");
        assertThat(kvType("--kv-type", "auto")).isIn("f16", "q8_0");
        // who does not plan cannot leave it open
        plan = List.of("generate", "--target", plan.get(2), "--tokens", "1,2");
        expectRefusal("--kv-type", "auto");
    }

    private String kvType(String... more) {
        List<String> arguments = new ArrayList<>(List.of(more));
        arguments.add("--json");
        Result result = run(arguments.toArray(String[]::new));
        assertThat(result.code()).as(result.err()).isZero();
        return JsonMapper.shared().readTree(result.out()).at("/policy/kvType").asString();
    }

    @Test
    void badInputIsTwoWithOneLine() throws IOException {
        expectRefusal("--memory-budget", "10KiB");
        expectRefusal("--recalibrate");
        expectRefusal("--compare-choice", "2");
        expectRefusal("--measure", "1x0", "--compare-choice", "-1");
        // a profile is given
        expectRefusal("--measure", "1x0", "--recalibrate");
        expectRefusal("--measure", "1+0");
        for (String text : List.of(
                "{\"sequences\": 0}",
                "{\"speed\": 1}",
                "{\"objective\": \"fame\"}",
                "[",
                "{\"mostSecondsPerToken\": 1e-12}")) {
            expectRefusal("--workload", workload(text));
        }
    }

    private void expectRefusal(String... more) {
        Result result = run(more);
        assertThat(result.code()).as(String.join(" ", more)).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err().strip().lines()).as(result.err()).hasSize(1);
    }
}
