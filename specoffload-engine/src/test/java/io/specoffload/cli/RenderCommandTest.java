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
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RenderCommandTest {

    @TempDir
    Path folder;

    private record Result(int code, String out, String err) {}

    private static Result run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
        return new Result(code, out.toString(), err.toString());
    }

    private Result render(String template, String context, String... more) throws IOException {
        Path templateFile = Files.writeString(folder.resolve("t.jinja"), template);
        Path contextFile = Files.writeString(folder.resolve("c.json"), context);
        List<String> arguments = new ArrayList<>(
                List.of("render", "--template", templateFile.toString(), "--context", contextFile.toString()));
        arguments.addAll(List.of(more));
        return run(arguments.toArray(String[]::new));
    }

    @Test
    void printsExactlyTheText() throws IOException {
        assertThat(render(
                        "{% for m in messages %}[{{ m.content }}]\n{% endfor %}{{ strftime_now('%d.%m.%Y %H:%M') }}",
                        "{\"messages\": [{\"content\": \"Grüße\"}, {\"content\": 1.5}]}",
                        "--now",
                        "2026-11-21T10:00:00"))
                .isEqualTo(new Result(0, "[Grüße]\n[1.5]\n21.11.2026 10:00", ""));
    }

    @Test
    void aRefusalIsBadInputWithTheTemplatesMessage() throws IOException {
        Result result = render("{{ raise_exception('Only user messages!') }}", "{}");
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err().lines())
                .singleElement()
                .asString()
                .isEqualTo("specoffload render: Only user messages!");
    }

    @Test
    void errorsOfTemplateAndContextAreBadInput() throws IOException {
        Result syntax = render("\n{% if %}", "{}");
        assertThat(syntax.code()).isEqualTo(2);
        assertThat(syntax.err()).contains("template line 2");
        Result context = render("x", "[1]");
        assertThat(context.code()).isEqualTo(2);
        assertThat(context.err()).contains("c.json is not a JSON object");
        assertThat(run("render", "--context", "c.json").code()).isEqualTo(2);
    }

    @Test
    void takesTheTemplateOfAModel() throws IOException {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("general.architecture", "llama");
        metadata.put("tokenizer.ggml.model", "gpt2");
        metadata.put(
                "tokenizer.ggml.tokens",
                IntStream.range(0, 4).mapToObj(id -> "<" + id + ">").toList());
        metadata.put("tokenizer.ggml.token_type", new long[] {3, 3, 3, 3});
        metadata.put("tokenizer.ggml.merges", List.of());
        metadata.put("tokenizer.ggml.bos_token_id", 1L);
        metadata.put("tokenizer.ggml.eos_token_id", 2L);
        metadata.put("tokenizer.chat_template", "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}");
        Path model = folder.resolve("m.gguf");
        try (GgufWriter writer = GgufWriter.create(
                model,
                metadata,
                List.of(new GgufWriter.Declaration("token_embd.weight", DType.Q8_0, new Shape(32, 2))))) {
            writer.write(ByteBuffer.allocate(68));
        }
        Path context = Files.writeString(folder.resolve("c.json"), "{\"messages\": [{\"content\": \"Hi\"}]}");
        assertThat(run("render", "--model", model.toString(), "--context", context.toString()))
                .isEqualTo(new Result(0, "<1>Hi<2>", ""));
    }
}
