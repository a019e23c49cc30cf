package io.specoffload.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.tensor.DType;
import io.specoffload.testing.FamilyFiles;
import io.specoffload.testing.FamilyShape;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ExpertModelCommandsTest {

    private static final FamilyShape SHAPE =
            FamilyShape.dense("gpt-oss", 64, 4, 2, 16, 32).withExperts(5, 2).withWindow(2, 8, 2);

    @TempDir
    private Path folder;

    private static JsonNode run(String... arguments) {
        StringWriter out = new StringWriter();
        CommandLine main = Main.commandLine().setOut(new PrintWriter(out, true));
        assertThat(main.execute(arguments)).isZero();
        return JsonMapper.shared().readTree(out.toString());
    }

    @Test
    void inspectKnowsAllOfGptOss() throws IOException {
        Path model = FamilyFiles.write(
                SHAPE, 1, DType.MXFP4, name -> name.endsWith("_exps.weight"), folder.resolve("model.gguf"));
        JsonNode report = run("inspect", "--json", "--model", model.toString());
        assertThat(report.get("architecture").asString()).isEqualTo("gpt-oss");
        assertThat(report.get("supported").asBoolean()).isTrue();
        assertThat(report.get("unsupported").isEmpty()).isTrue();
        assertThat(report.get("hyperparameters").get("expert_used_count").asInt())
                .isEqualTo(2);
        assertThat(report.get("hyperparameters").get("rope.scaling.type").asString())
                .isEqualTo("yarn");
        assertThat(report.get("types").get("MXFP4").get("tensors").asInt()).isEqualTo(6);
        assertThat(report.get("tokenizer").get("pre").asString()).isEqualTo("gpt-4o");
    }

    @Test
    void generateSaysHowManyExpertsItsPassesTouch() throws IOException {
        Path model = FamilyFiles.write(SHAPE, 1, folder.resolve("model.gguf"));
        JsonNode experts = generate(model).get("experts");
        assertThat(experts.get("layers").asInt()).isEqualTo(2);
        assertThat(experts.get("experts").asInt()).isEqualTo(5);
        // the prompt's pass, then one row at a time, each of which goes to two experts
        assertThat(experts.get("passes").asInt()).isEqualTo(6);
        assertThat(experts.get("meanRows").asDouble()).isEqualTo(1.33);
        assertThat(experts.get("meanDistinctPerLayer").asDouble()).isBetween(2.0, 2.5);
        Path dense = FamilyFiles.write(FamilyShape.dense("qwen2", 32, 4, 2, 8, 24), 1, folder.resolve("dense.gguf"));
        assertThat(generate(dense).has("experts")).isFalse();
    }

    private static JsonNode generate(Path model) {
        return run(
                        "generate",
                        "--json",
                        "--no-speculation",
                        "--ignore-eos",
                        "--tokens",
                        "1,2,3",
                        "--max-tokens",
                        "6",
                        "--target",
                        model.toString())
                .get("stats");
    }
}
