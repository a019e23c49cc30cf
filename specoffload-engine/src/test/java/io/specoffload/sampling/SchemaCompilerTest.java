package io.specoffload.sampling;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaCompilerTest {
    private final GrammarCompiler compiler = new GrammarCompiler(new TextVocabulary(List.of()));

    @ParameterizedTest
    @ValueSource(strings = {"not", "if", "patternProperties", "dependentSchemas", "$dynamicRef"})
    void refusesKeywordsThatChangeTheStructure(String keyword) {
        refused("{\"type\":\"object\",\"properties\":{\"x\":{\"" + keyword + "\":{}}}}", "#/properties/x", keyword);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{                                              | not readable",
                "''                                             | a schema must be an object",
                "[]                                             | a schema must be an object",
                "false                                          | allows nothing",
                "{\"type\":\"thing\"}                           | unknown type \"thing\"",
                "{\"type\":[]}                                  | type allows nothing",
                "{\"type\":1}                                   | type must be",
                "{\"enum\":[]}                                  | enum allows nothing",
                "{\"enum\":3}                                   | enum must be a list",
                "{\"anyOf\":[false]}                            | anyOf allows nothing",
                "{\"type\":\"string\",\"enum\":[1]}             | enum allows nothing",
                "{\"properties\":[]}                            | properties must be an object",
                "{\"$ref\":\"http://x/y\"}                      | leads outside",
                "{\"$ref\":\"#/$defs/missing\"}                 | leads nowhere",
                "{\"$ref\":\"#\"}                               | refers to itself",
                "{\"type\":\"string\",\"minLength\":-1}         | minLength",
                "{\"type\":\"string\",\"minLength\":5,\"maxLength\":2} | minLength is above",
                "{\"type\":\"array\",\"minItems\":\"x\"}        | minItems must be",
                "{\"type\":\"integer\",\"minimum\":3,\"maximum\":2} | no integer",
                "{\"allOf\":[{\"type\":\"string\"},{\"type\":\"object\"}]} | exclude each other",
                "{\"allOf\":[{\"$ref\":\"#\"}]}                 | refers to itself",
                "{\"allOf\":[{\"const\":1},{\"const\":2}]}      | two different const"
            })
    void namesWhatIsWrong(String schema, String message) {
        refused(schema.equals("''") ? "" : schema, message);
    }

    @Test
    void refusesSchemasWithoutAFiniteValue() {
        refused("{\"type\":\"array\",\"minItems\":1,\"items\":{\"$ref\":\"#\"}}", "no finite value");
    }

    @Test
    void refusesReferencesInACircle() {
        refused(
                "{\"$defs\":{\"a\":{\"$ref\":\"#/$defs/b\"},\"b\":{\"anyOf\":[{\"type\":\"null\"},{\"$ref\":\"#/$defs/a\"}]}},"
                        + "\"$ref\":\"#/$defs/a\"}",
                "refers to itself");
    }

    @Test
    void refusesHugeAndDeepSchemas() {
        refused("{\"description\":\"" + "x".repeat(300_000) + "\"}", "at most 262144");
        refused("{\"items\":".repeat(5000) + "true" + "}".repeat(5000), "not readable");
        refused("{\"anyOf\":[" + "{},".repeat(20_000) + "{}]}", "too large");
        refused("{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#\",\"type\":\"object\"}}}", "too large");
    }

    @Test
    void takesAmbiguitySixtyLevelsDeep() {
        StringBuilder schema = new StringBuilder("{\"$defs\":{\"d0\":{\"type\":\"string\"}");
        for (int i = 1; i <= 60; i++) {
            String below = "{\"$ref\":\"#/$defs/d" + (i - 1) + "\"}";
            schema.append(",\"d%d\":{\"anyOf\":[%s,%s]}".formatted(i, below, below));
        }
        schema.append("},\"$ref\":\"#/$defs/d60\"}");
        GrammarState state = compiler.jsonSchema(schema.toString()).start();
        for (char c : "\"ab\"".toCharArray()) {
            state = state.accept(4 + c);
        }
        org.assertj.core.api.Assertions.assertThat(state.isComplete()).isTrue();
    }

    private void refused(String schema, String... parts) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> compiler.jsonSchema(schema))
                .withMessageContainingAll(parts);
    }
}
