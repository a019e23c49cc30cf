package io.specoffload.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.testing.TinyModels;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LogitsCommandTest {

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private Path model;
    private Path result;

    @BeforeEach
    void writeModel() {
        model = TinyModels.target(folder);
        result = folder.resolve("logits.f32");
    }

    @Test
    void writesOneRowPerToken() throws IOException {
        assertThat(run("--tokens", "256,72,105")).isZero();
        float[] all = read();
        assertThat(all).hasSize(3 * TinyModels.VOCABULARY).doesNotContain(Float.NaN);
        assertThat(run("--tokens", "256,72")).isZero();
        assertThat(all).startsWith(read()).hasSizeGreaterThan(read().length);
    }

    @Test
    void chunksOfALongInputContinueEachOther() throws IOException {
        String tokens = IntStream.range(0, 150).mapToObj(Integer::toString).collect(Collectors.joining(","));
        assertThat(run("--tokens", tokens)).isZero();
        float[] all = read();
        assertThat(all).hasSize(150 * TinyModels.VOCABULARY);
        String fewer = IntStream.range(0, 70).mapToObj(Integer::toString).collect(Collectors.joining(","));
        assertThat(run("--tokens", fewer, "--threads", "1")).isZero();
        assertThat(all).startsWith(read());
    }

    @Test
    void theCachesTypeMakesASmallDifference() throws IOException {
        assertThat(run("--tokens", "256,72,105")).isZero();
        float[] full = read();
        assertThat(run("--tokens", "256,72,105", "--kv-type", "f16", "--kernels", "scalar"))
                .isZero();
        float[] half = read();
        assertThat(half).isNotEqualTo(full);
        for (int i = 0; i < full.length; i++) {
            assertThat(half[i]).isCloseTo(full[i], within(0.05f));
        }
    }

    @Test
    void jsonReportsWhatWasWritten() {
        assertThat(run("--tokens", "256,72", "--json", "--kernels", "scalar")).isZero();
        JsonNode json = JsonMapper.shared().readTree(out.toString());
        assertThat(json.get("tokens").asInt()).isEqualTo(2);
        assertThat(json.get("vocabulary").asInt()).isEqualTo(TinyModels.VOCABULARY);
        assertThat(json.get("out").asString()).isEqualTo(result.toString());
        assertThat(json.get("backend").asString()).contains("scalar");
    }

    @ParameterizedTest
    @ValueSource(strings = {"258", "1,-1", "x", ""})
    void badTokensAreRefusedBeforeAnythingIsWritten(String tokens) {
        assertThat(run("--tokens", tokens)).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString()).contains("--tokens");
        assertThat(result).doesNotExist();
    }

    @Test
    void aNegativeNumberOfThreadsIsRefused() {
        assertThat(run("--tokens", "1", "--threads", "-1")).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString()).contains("--threads is -1");
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        model = folder.resolve("nothing.gguf");
        assertThat(run("--tokens", "1")).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString()).contains("nothing.gguf").hasLineCount(1);
    }

    private int run(String... options) {
        CommandLine command = CliSupport.configure(new CommandLine(new LogitsCommand()))
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err));
        String[] common = {"--model", model.toString(), "--out", result.toString()};
        String[] all = Arrays.copyOf(common, common.length + options.length);
        System.arraycopy(options, 0, all, common.length, options.length);
        return command.execute(all);
    }

    private float[] read() throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(result)).order(ByteOrder.LITTLE_ENDIAN);
        float[] values = new float[bytes.remaining() / 4];
        bytes.asFloatBuffer().get(values);
        return values;
    }
}
