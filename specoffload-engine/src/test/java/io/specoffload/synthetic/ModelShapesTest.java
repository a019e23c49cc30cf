package io.specoffload.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelShapesTest {

    private static final String EXAMPLE = "{\"architecture\":\"llama\",\"layers\":22,\"width\":2048,"
            + "\"feedForward\":5632,\"heads\":32,\"kvHeads\":4,\"vocabulary\":32000%s}";

    @Test
    void theExampleIsOneOfTheNames(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("llama-1b.json"), EXAMPLE.formatted(""));
        assertThat(ModelShapes.find(file.toString())).isEqualTo(ModelShapes.find("llama-1b"));
    }

    @ParameterizedTest
    @CsvSource({
        "llama-160m, 0.162",
        "llama-1b, 1.10",
        "mistral-7b, 7.24",
        "llama-70b, 69.0",
        "mixtral-8x7b, 46.7",
        "mixtral-8x22b, 140.6"
    })
    void namesHaveTheParametersOfTheModelsTheyAreNamedAfter(String name, double billions) throws IOException {
        SyntheticModel model = SyntheticModel.of(ModelShapes.find(name), DType.Q4_K, 1);
        assertThat(model.parameters() / 1e9).isBetween(0.99 * billions, 1.01 * billions);
    }

    @Test
    void theSmallMixtureTakesAboutThreeGigabytes() throws IOException {
        SyntheticModel model = SyntheticModel.of(ModelShapes.find("mixtral-small"), DType.Q8_0, 1);
        assertThat(model.tensorBytes() / 1e9).isBetween(2.7, 3.3);
    }

    @Test
    void optionalFieldsAreRead() {
        ModelShape shape = ModelShapes.parse(
                "x",
                EXAMPLE.formatted(",\"headSize\":128,\"experts\":6,\"expertsUsed\":3,\"expertFeedForward\":768,"
                        + "\"contextLength\":123"));
        assertThat(shape).isEqualTo(new ModelShape("x", 22, 2048, 768, 32, 4, 128, 32000, 6, 3, 123));
    }

    @Test
    void impossibleShapesAreRefusedByName() {
        refused("no field layer;", EXAMPLE.formatted(",\"layer\":3"));
        refused("field kvHeads is missing", EXAMPLE.formatted("").replace("\"kvHeads\":4,", ""));
        refused("kvHeads 5 do not divide", EXAMPLE.formatted("").replace("\"kvHeads\":4", "\"kvHeads\":5"));
        refused("kvHeads is 0", EXAMPLE.formatted("").replace("\"kvHeads\":4", "\"kvHeads\":0"));
        refused("give a headSize", EXAMPLE.formatted("").replace("\"heads\":32", "\"heads\":3"));
        refused("headSize 7 is odd", EXAMPLE.formatted(",\"headSize\":7"));
        refused("layers is \"many\"", EXAMPLE.formatted("").replace("22", "\"many\""));
        refused("layers is 2.5", EXAMPLE.formatted("").replace("22", "2.5"));
        refused("architecture is \"gpt9\"", EXAMPLE.formatted("").replace("llama", "gpt9"));
        refused("vocabulary is 100", EXAMPLE.formatted("").replace("32000", "100"));
        refused("cannot tell", EXAMPLE.formatted("").replace("2048", "64"));
        refused("expertsUsed is 9", EXAMPLE.formatted(",\"experts\":8,\"expertsUsed\":9"));
        refused("but no experts", EXAMPLE.formatted(",\"expertFeedForward\":512"));
        refused("not JSON", "{");
        refused("a shape is a JSON object", "[1]");
    }

    @Test
    void rowsMustFillBlocks() {
        ModelShape shape = new ModelShape("x", 1, 136, 96, 4, 4, 34, 400, 0, 0, 64);
        assertThatThrownBy(() -> SyntheticModel.of(shape, DType.Q4_K, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("rows of 136 elements")
                .hasMessageContaining("use F16");
    }

    private static void refused(String problem, String json) {
        assertThatThrownBy(() -> ModelShapes.parse("x", json))
                .as(json)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(problem);
    }
}
