package io.specoffload.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.testing.TinyModels;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SynthesizeCommandTest {

    @TempDir
    Path folder;

    private record Result(int code, String out, String err) {}

    @Test
    void aPairIsWrittenAndRuns() throws IOException {
        String shape = shape(96);
        String draft = folder.resolve("d.gguf").toString();
        String target = folder.resolve("t.gguf").toString();
        assertThat(run("synthesize", "--shape", shape, "--type", "q8_0", "--out", draft)
                        .code())
                .isZero();
        Result paired = run(
                "synthesize",
                "--json",
                "--shape",
                shape,
                "--type",
                "F16",
                "--pair-with",
                draft,
                "--acceptance",
                "1",
                "--seed",
                "7",
                "--out",
                target);
        JsonNode report = JsonMapper.shared().readTree(paired.out());
        assertThat(report.get("bytes").asLong()).isEqualTo(Files.size(Path.of(target)));
        assertThat(report.get("acceptance").asDouble()).isEqualTo(1);
        Result generated = run(
                "generate",
                "--json",
                "--target",
                target,
                "--draft",
                draft,
                "--tokens",
                "300",
                "--max-tokens",
                "20",
                "--threads",
                "1");
        JsonNode stats = JsonMapper.shared().readTree(generated.out()).get("stats");
        assertThat(stats.get("accepted").asInt())
                .isEqualTo(stats.get("drafted").asInt())
                .isPositive();
    }

    @Test
    void badInputIsOneLine() throws IOException {
        String out = folder.resolve("m.gguf").toString();
        refused(
                "no shape is called nothing; there are llama-160m",
                "--shape",
                "nothing",
                "--type",
                "F16",
                "--out",
                out);
        refused("there is no type Q9", "--shape", "llama-1b", "--type", "Q9", "--out", out);
        refused("kvHeads is 0", "--shape", shape(96, "\"kvHeads\":3", "\"kvHeads\":0"), "--type", "F16", "--out", out);
        refused(
                "--acceptance needs --pair-with",
                "--shape",
                shape(96),
                "--type",
                "F16",
                "--acceptance",
                "0.5",
                "--out",
                out);
        String tiny = TinyModels.target(folder).toString();
        refused("was not made by synthesize", "--shape", shape(96), "--type", "F16", "--pair-with", tiny, "--out", out);
        refused(
                "no such file: none.gguf",
                "--shape",
                shape(96),
                "--type",
                "F16",
                "--pair-with",
                "none.gguf",
                "--out",
                out);
        refused(
                "no such file",
                "--shape",
                shape(96),
                "--type",
                "F16",
                "--out",
                folder.resolve("none/m.gguf").toString());
        assertThat(Path.of(out)).doesNotExist();
    }

    private void refused(String problem, String... arguments) {
        String[] all = new String[arguments.length + 1];
        all[0] = "synthesize";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        Result result = run(all);
        assertThat(result.code()).as(result.err()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err().lines()).singleElement().asString().contains(problem);
    }

    private String shape(int width) throws IOException {
        return shape(width, "", "");
    }

    private String shape(int width, String from, String to) throws IOException {
        String json = "{\"architecture\":\"llama\",\"layers\":1,\"width\":" + width
                + ",\"feedForward\":64,\"heads\":3,\"kvHeads\":3,\"vocabulary\":400}";
        return Files.writeString(folder.resolve("shape.json"), json.replace(from, to))
                .toString();
    }

    private static Result run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
        return new Result(code, out.toString(), err.toString());
    }
}
