package io.specoffload.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.format.GgufWriter;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Shape;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class CommandLineTest {

    @TempDir
    Path folder;

    private Path model;

    private record Result(int code, String out, String err) {}

    @BeforeEach
    void writeModel() throws IOException {
        model = write(Map.of());
    }

    @Test
    void tokenizePrintsAnArrayAndDetokenizeTheTextExactly() throws IOException {
        Path text = Files.writeString(folder.resolve("t.txt"), "héllo\n<s>");
        Result ids = run("tokenize", "--model", model.toString(), "--file", text.toString());
        assertThat(ids.code()).isZero();
        assertThat(ids.out()).startsWith("[").endsWith("]" + System.lineSeparator());
        Result back = run(
                "detokenize", "--model", model.toString(), "--ids", ids.out().strip());
        assertThat(back).isEqualTo(new Result(0, "héllo\n<s>", ""));
        Result json = run("detokenize", "--json", "--model", model.toString(), "--ids", "107, 108");
        assertThat(JsonMapper.shared().readTree(json.out()).get("text").asString())
                .hasSize(2);
    }

    @Test
    void specialTokensAreAddedAndParsedOnRequest() throws IOException {
        Path text = Files.writeString(folder.resolve("t.txt"), "<s>");
        Result result = run(
                "tokenize", "--model", model.toString(), "--file", text.toString(), "--add-special", "--parse-special");
        assertThat(result.out().strip()).isEqualTo("[256,256]");
    }

    @Test
    void inspectSaysWhatIsInTheFile() {
        Result result = run("inspect", "--json", "--model", model.toString());
        assertThat(result.code()).isZero();
        JsonNode report = JsonMapper.shared().readTree(result.out());
        assertThat(report.get("architecture").asString()).isEqualTo("llama");
        assertThat(report.get("hyperparameters").get("block_count").asInt()).isEqualTo(1);
        assertThat(report.get("types").get("Q8_0").get("bytes").asInt()).isEqualTo(68);
        assertThat(report.get("tokenizer").get("size").asInt()).isEqualTo(257);
        assertThat(report.get("chatTemplate").asBoolean()).isTrue();
        assertThat(report.get("metadata")
                        .get("tokenizer.ggml.tokens")
                        .get("length")
                        .asInt())
                .isEqualTo(257);
        assertThat(run("inspect", "--model", model.toString()).out())
                .contains("token_embd.weight", "Q8_0 [32, 2]", "1 tensors, 68 bytes", "general.architecture");
    }

    @Test
    void inspectNamesWhatIsNotSupported() throws IOException {
        Path other = write(Map.of("general.architecture", "rwkv9", "tokenizer.ggml.pre", "nobody"));
        JsonNode report = JsonMapper.shared()
                .readTree(run("inspect", "--json", "--model", other.toString()).out());
        assertThat(report.get("supported").asBoolean()).isFalse();
        assertThat(report.get("unsupported").toString()).contains("rwkv9", "nobody");
        assertThat(run("inspect", "--model", other.toString()).out()).contains("not supported: ");
        byte[] bytes = Files.readAllBytes(model);
        int type = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1).lastIndexOf("token_embd.weight")
                + 17
                + 4
                + 16;
        assertThat(bytes[type]).isEqualTo((byte) DType.Q8_0.ggmlId());
        bytes[type] = 16;
        Path unknown = Files.write(folder.resolve("unknown.gguf"), bytes);
        Result result = run("inspect", "--model", unknown.toString());
        assertThat(result.code()).isZero();
        assertThat(result.out()).contains("not supported: tensors of type 16");
    }

    @Test
    void badUsageAndBadInputAreOneLine() throws IOException {
        refused("name a command");
        refused("--model", "tokenize");
        refused("Unknown option", "inspect", "--model", "x", "--modle", "x");
        refused("no such file: none.gguf", "inspect", "--model", "none.gguf");
        Path text = Files.writeString(folder.resolve("t.txt"), "not a model");
        refused("not a GGUF file", "inspect", "--model", text.toString());
        refused("'x' is not a token id", "detokenize", "--model", model.toString(), "--ids", "1,x");
        refused("token 99999 is not in the vocabulary", "detokenize", "--model", model.toString(), "--ids", "99999");
        Path latin = Files.write(folder.resolve("l.txt"), new byte[] {(byte) 0xE9, 'a'});
        refused("not UTF-8", "tokenize", "--model", model.toString(), "--file", latin.toString());
    }

    @Test
    void everyCommandHasHelpAndJson() {
        CommandLine main = Main.commandLine();
        assertThat(main.getSubcommands()).containsKeys("inspect", "tokenize", "detokenize");
        main.getSubcommands().forEach((name, command) -> {
            assertThat(command.getCommandSpec().findOption("--json")).as(name).isNotNull();
            assertThat(run(name, "--help").code()).as(name).isZero();
            assertThat(run(name, "--help").out()).as(name).contains("--json");
        });
        assertThat(run("--version").out()).startsWith("specoffload ");
    }

    private void refused(String problem, String... arguments) {
        Result result = run(arguments);
        assertThat(result.code()).as(result.err()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err().lines())
                .singleElement()
                .asString()
                .startsWith("specoffload")
                .contains(problem);
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

    /** A byte-level vocabulary with one control token, and one tensor. */
    private Path write(Map<String, Object> changes) throws IOException {
        List<String> tokens = new ArrayList<>();
        char next = 256;
        for (int value = 0; value < 256; value++) {
            boolean printable = value > ' ' && value < 0x7F || value > 0xA0 && value != 0xAD;
            tokens.add(String.valueOf(printable ? (char) value : next++));
        }
        tokens.add("<s>");
        long[] kinds = new long[257];
        java.util.Arrays.fill(kinds, 1);
        kinds[256] = 3;
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("general.architecture", "llama");
        metadata.put("llama.block_count", 1L);
        metadata.put("tokenizer.ggml.model", "gpt2");
        metadata.put("tokenizer.ggml.pre", "llama-bpe");
        metadata.put("tokenizer.ggml.tokens", tokens);
        metadata.put("tokenizer.ggml.token_type", kinds);
        metadata.put("tokenizer.ggml.bos_token_id", 256L);
        metadata.put("tokenizer.chat_template", "{{ messages }}");
        metadata.putAll(changes);
        Path file = folder.resolve("model" + changes.size() + ".gguf");
        try (GgufWriter writer = GgufWriter.create(
                file,
                metadata,
                List.of(new GgufWriter.Declaration("token_embd.weight", DType.Q8_0, new Shape(32, 2))))) {
            writer.write(ByteBuffer.allocate(68));
        }
        return file;
    }
}
