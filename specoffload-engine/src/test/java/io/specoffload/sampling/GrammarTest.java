package io.specoffload.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class GrammarTest {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** As Spring AI's BeanOutputConverter writes it for a record of many types. */
    private static final String ORDER = """
            {"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{
            "at":{"type":"string","format":"time"},"counts":{"type":"object"},"created":{"type":"string"},
            "d":{"type":"string","format":"duration"},"due":{"type":"string","format":"date"},
            "id":{"type":"integer","format":"int64"},"inst":{"type":"string","format":"date-time"},
            "items":{"type":"array","items":{"type":"object","properties":{"name":{"type":"string"},
            "note":{"type":["string","null"]},"price":{"type":"number"},"quantity":{"type":"integer","format":"int32"}},
            "required":["name","note","price","quantity"],"additionalProperties":false}},
            "ref":{"type":"string","format":"uuid"},"status":{"type":"string","enum":["OPEN","CLOSED","ON_HOLD"]},
            "tags":{"type":"array","items":{"type":"string"}},"urgent":{"type":"boolean"},
            "weight":{"type":"number","format":"double"}},
            "required":["at","counts","created","d","due","id","inst","items","ref","status","tags","urgent","weight"],
            "additionalProperties":false}""";

    private static final String OPTIONALS = """
            {"type":"object","properties":{"a":{"type":"integer","minimum":-12,"maximum":345},
            "b":{"type":"string","minLength":2,"maxLength":5},"ab":{"type":"boolean"},"ü":{"const":{"x":[1,"é"]}}},
            "required":["b"],"additionalProperties":{"type":"number","minimum":0,"maximum":2}}""";

    private static final String TREE = """
            {"$defs":{"node":{"type":"object","properties":{"label":{"type":"string","maxLength":8},
            "children":{"type":"array","items":{"$ref":"#/$defs/node"},"maxItems":3},
            "parent":{"anyOf":[{"type":"null"},{"$ref":"#/$defs/node","description":"above"}]}},
            "required":["label","parent"]}},"$ref":"#/$defs/node"}""";

    private static final String MIXED = """
            {"type":"array","minItems":2,"maxItems":4,"items":{"oneOf":[{"enum":["x","xy",1,12,null]},
            {"allOf":[{"type":"object","properties":{"k":{"type":"integer"}},"required":["k"]},
            {"properties":{"k":{"minimum":100,"maximum":120},"l":{"type":"boolean"}}}]},
            {"type":["integer","boolean"],"minimum":7}]}}""";

    private static final String MAP =
            "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
                    + "\"minProperties\":1,\"maxProperties\":3}";

    private static final List<String> SAMPLES = List.of(
            "{\"b\":\"äöü\",\"ab\":true,\"x\":1.5,\"ü\":{\"x\":[1,\"é\"]}}",
            "{\n  \"label\": \"a\\n\\u00e9\",\n  \"children\": [],\n  \"parent\": null\n}",
            "[\"x\", \"xy\", {\"k\":100,\"l\":false}, 12, null]",
            "\"at\":\"10:00:00\",\"due\":\"2024-02-29\",\"d\":\"PT5M\",\"inst\":\"2024-01-01T10:00:00Z\"",
            "\"status\":\"ON_HOLD\",\"tags\":[\"😀 smile\",\"漢字\"],\"weight\":-1.5e10},{\"name\":\"n\"}],");

    @ParameterizedTest
    @ValueSource(strings = {ORDER, OPTIONALS, TREE, MIXED, MAP})
    void randomWalksUnderTheMaskEndInConformingJson(String schema) {
        SchemaValidator validator = new SchemaValidator(JSON.readTree(schema));
        for (long seed = 0; seed < 30; seed++) {
            Random random = new Random(seed);
            TextVocabulary vocabulary = TextVocabulary.random(random, SAMPLES, 300);
            Grammar grammar = new GrammarCompiler(vocabulary).jsonSchema(schema);
            String text = walk(grammar, vocabulary, random);
            assertThatCode(() -> assertThat(validator.accepts(JSON.readTree(text)))
                            .as(text)
                            .isTrue())
                    .as(text)
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void aWalkOfTheObjectGrammarEndsInAnObject() {
        for (long seed = 0; seed < 30; seed++) {
            Random random = new Random(seed);
            TextVocabulary vocabulary = TextVocabulary.random(random, SAMPLES, 300);
            String text = walk(new GrammarCompiler(vocabulary).jsonObject(), vocabulary, random);
            JsonNode value = JsonMapper.builder().build().readTree(text);
            assertThat(value.isObject()).as(text).isTrue();
        }
    }

    /** Chooses among the mask's tokens until the end, in growing haste, and compares mask and single answers. */
    private static String walk(Grammar grammar, TextVocabulary vocabulary, Random random) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        GrammarState state = grammar.start();
        for (int step = 0; step < 5000; step++) {
            List<Integer> allowed = new ArrayList<>();
            long[] mask = state.allowed();
            for (int id = 0; id < vocabulary.size(); id++) {
                boolean bit = (mask[id >> 6] >>> id & 1) != 0;
                if (bit) {
                    allowed.add(id);
                }
                if (step < 150) {
                    assertThat(state.allows(id)).isEqualTo(bit);
                }
            }
            assertThat(allowed.contains(vocabulary.end)).isEqualTo(state.isComplete());
            assertThat(allowed).as("after " + text).isNotEmpty().doesNotContain(vocabulary.control, 2, 3);
            int token = choose(allowed, vocabulary, random, step);
            state = state.accept(token);
            if (token == vocabulary.end) {
                assertThat(state.accept(vocabulary.end)).isEqualTo(state);
                assertThat(state.allows(5)).isFalse();
                return decode(text.toByteArray());
            }
            text.writeBytes(vocabulary.bytes(token));
        }
        throw new AssertionError("no end: " + text);
    }

    private static int choose(List<Integer> allowed, TextVocabulary vocabulary, Random random, int step) {
        if (random.nextInt(40) > 10 + step / 4) {
            return allowed.get(random.nextInt(allowed.size()));
        }
        if (allowed.contains(vocabulary.end)) {
            return vocabulary.end;
        }
        boolean inString = allowed.contains(4 + '"') && allowed.contains(4 + '~');
        for (char closing : inString ? new char[] {'"'} : new char[] {'}', ']', '"', 'n'}) {
            if (allowed.contains(4 + closing)) {
                return 4 + closing;
            }
        }
        List<Integer> calm = allowed.stream()
                .filter(id ->
                        !new String(vocabulary.bytes(id), StandardCharsets.ISO_8859_1).matches("(?s).*[{\\[\\n ].*"))
                .toList();
        return calm.isEmpty() ? allowed.get(random.nextInt(allowed.size())) : calm.get(random.nextInt(calm.size()));
    }

    private static String decode(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new AssertionError("no UTF-8", e);
        }
    }

    @Test
    void howTheTextIsCutIntoTokensDoesNotMatter() {
        byte[] text = "{\"a\": -7, \"b\":\"é\\u0041😀\",\"ü\":{\"x\":[1,\"é\"]},\"other\":0.5}"
                .getBytes(StandardCharsets.UTF_8);
        for (long seed = 0; seed < 40; seed++) {
            Random random = new Random(seed);
            TextVocabulary vocabulary = TextVocabulary.random(random, SAMPLES, 300);
            Grammar grammar = new GrammarCompiler(vocabulary).jsonSchema(OPTIONALS);
            int cut = 1 + random.nextInt(text.length);
            byte[] prefix = java.util.Arrays.copyOf(text, cut);
            long[] expected = null;
            for (int way = 0; way < 4; way++) {
                GrammarState state = grammar.start();
                for (int token : vocabulary.tokenize(prefix, random)) {
                    state = state.accept(token);
                    assertThat(state).isNotNull();
                }
                expected = expected == null ? state.allowed() : expected;
                assertThat(state.allowed()).isEqualTo(expected);
                assertThat(state.isComplete()).isEqualTo(cut == text.length);
            }
        }
    }

    @Test
    void acceptsConformingDocumentsInUsualSpacings() {
        for (String text : List.of(
                "{\"label\":\"a\",\"parent\":null}",
                " {\"label\": \"a\", \"children\": [], \"parent\": null}",
                "{\n  \"label\": \"a\",\n  \"children\": [\n    {\n      \"label\": \"\",\n      \"parent\": null\n"
                        + "    }\n  ],\n  \"parent\": null\n}",
                "{\n\t\"label\": \"\\ud83d\\ude00\",\n\t\"parent\": null\n}")) {
            assertThat(accepts(TREE, text)).as(text).isTrue();
        }
        assertThat(accepts(OPTIONALS, "{\"b\":\"xx\"}")).isTrue();
        assertThat(accepts(OPTIONALS, "{\"b\":\"xx\",\"abc\":1,\"b2\":2,\"\":0,\"ö\":1.25}"))
                .isFalse(); // ö begins with ü's lead byte
        assertThat(accepts(OPTIONALS, "{\"b\":\"xx\",\"abc\":1,\"b2\":2,\"\":0,\"漢\":1.25}"))
                .isTrue();
        assertThat(accepts("{\"type\":\"array\"}", "[1,{\"a\":[true,null]},\"x\",-0.5e-3]"))
                .isTrue();
        assertThat(accepts(
                        "{\"type\":\"array\",\"prefixItems\":[{\"type\":\"integer\"},{\"type\":\"string\"}]}",
                        "[1,\"x\"]"))
                .isTrue();
        assertThat(accepts("true", "[]")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"a\":1}",
                "{\"b\":\"x\"}",
                "{\"b\":\"123456\"}",
                "{\"b\":12}",
                "{\"b\":\"xx\",\"a\":1}",
                "{\"b\":\"xx\",\"b\":\"xx\"}",
                "{\"b\":\"xx\",\"ab\":1}",
                "{\"b\":\"xx\",\"c\":2.5}",
                "{\"b\":\"xx\",\"c\":3}",
                "{\"b\":\"xx\",}",
                "{\"b\":\"xx\"}}",
                "{\"b\":\"xx\"} ",
                "{\"b\" :\"xx\"}",
                "{  \"b\":\"xx\"}",
                "{\"b\":\"x\nx\"}",
                "{\"b\":\"\\x41\"}",
                "{\"b\":\"\\ud83d!\"}",
                "{\"b\":\"\\ude00!\"}",
                "{\"a\":-13,\"b\":\"xx\"}",
                "{\"a\":346,\"b\":\"xx\"}",
                "{\"a\":01,\"b\":\"xx\"}",
                "{\"a\":1.0,\"b\":\"xx\"}",
                "[]"
            })
    void refusesWhatDoesNotConform(String text) {
        assertThat(accepts(OPTIONALS, text)).isFalse();
    }

    @Test
    void refusesBytesThatAreNoUtf8() {
        for (String bytes : List.of("80", "c080", "eda080", "f5808080", "e28022", "f4908080")) {
            byte[] content = java.util.HexFormat.of().parseHex(bytes);
            ByteBuffer text = ByteBuffer.allocate(content.length + 2);
            text.put((byte) '"').put(content).put((byte) '"');
            assertThat(accepts("{\"type\":\"string\"}", text.array())).as(bytes).isFalse();
        }
    }

    @Test
    void integerBoundsAreExact() {
        for (int[] bounds : new int[][] {{0, 0}, {-5, 5}, {7, 12}, {95, 1003}, {-1200, -35}, {1, 1000}, {-1, 0}}) {
            String schema = "{\"type\":\"integer\",\"minimum\":%d,\"maximum\":%d}".formatted(bounds[0], bounds[1]);
            TextVocabulary vocabulary = new TextVocabulary(List.of());
            Grammar grammar = new GrammarCompiler(vocabulary).jsonSchema(schema);
            for (int value = -1300; value <= 1300; value++) {
                assertThat(accepts(grammar, vocabulary, Integer.toString(value).getBytes(StandardCharsets.UTF_8)))
                        .isEqualTo(value >= bounds[0] && value <= bounds[1]);
            }
        }
        assertThat(accepts("{\"type\":\"integer\",\"format\":\"int32\"}", "2147483647"))
                .isTrue();
        assertThat(accepts("{\"type\":\"integer\",\"format\":\"int32\"}", "2147483648"))
                .isFalse();
        assertThat(accepts("{\"type\":\"integer\",\"exclusiveMinimum\":0}", "0"))
                .isFalse();
    }

    @Test
    void datesExist() {
        String schema = "{\"type\":\"string\",\"format\":\"date\"}";
        assertThat(accepts(schema, "\"2024-02-29\"")).isTrue();
        assertThat(accepts(schema, "\"2023-12-31\"")).isTrue();
        for (String bad : List.of("2023-02-29", "2024-04-31", "2024-13-01", "2024-00-01", "2024-01-00", "24-01-01")) {
            assertThat(accepts(schema, "\"" + bad + "\"")).as(bad).isFalse();
        }
    }

    @Test
    void aRecursiveTypeThatNeverEndsMayEndInNull() {
        String schema =
                "{\"type\":\"object\",\"properties\":{\"label\":{\"type\":\"string\"},\"left\":{\"$ref\":\"#\"}},"
                        + "\"required\":[\"label\",\"left\"],\"additionalProperties\":false}";
        assertThat(accepts(schema, "{\"label\":\"a\",\"left\":{\"label\":\"b\",\"left\":null}}"))
                .isTrue();
        assertThat(accepts(schema, "{\"label\":\"a\"}")).isFalse();
    }

    @Test
    void triedStatesAreLeftAsTheyWere() {
        TextVocabulary vocabulary = new TextVocabulary(List.of());
        GrammarState start =
                new GrammarCompiler(vocabulary).jsonSchema(OPTIONALS).start();
        long[] before = start.allowed().clone();
        GrammarState open = start.accept(4 + '{');
        assertThat(open.accept(4 + '}')).isNull();
        assertThat(start.accept(4 + '[')).isNull();
        assertThat(start.allowed()).isEqualTo(before);
        assertThat(start.accept(vocabulary.end)).isNull();
        assertThat(start.accept(vocabulary.size() + 5)).isNull();
    }

    @Test
    void grammarsOfTheSameSchemaAreShared() {
        GrammarCompiler compiler = new GrammarCompiler(new TextVocabulary(List.of()));
        assertThat(compiler.jsonSchema(ORDER)).isSameAs(compiler.jsonSchema(ORDER));
        assertThat(compiler.jsonObject()).isSameAs(compiler.jsonObject());
    }

    @Test
    void theTablesAreBegunAnewBeforeTheyOverflow() {
        TextVocabulary vocabulary = new TextVocabulary(List.of());
        GrammarState state = new GrammarCompiler(vocabulary).jsonSchema("true").start();
        String open = "[".repeat(40_000);
        for (int i = 0; i < open.length(); i++) {
            state = state.accept(4 + '[');
        }
        for (int i = 0; i < open.length(); i++) {
            assertThat(state.isComplete()).isFalse();
            state = state.accept(4 + ']');
        }
        assertThat(state.isComplete()).isTrue();
    }

    private static boolean accepts(String schema, String text) {
        return accepts(schema, text.getBytes(StandardCharsets.UTF_8));
    }

    private static boolean accepts(String schema, byte[] text) {
        TextVocabulary vocabulary = new TextVocabulary(List.of());
        return accepts(new GrammarCompiler(vocabulary).jsonSchema(schema), vocabulary, text);
    }

    private static boolean accepts(Grammar grammar, TextVocabulary vocabulary, byte[] text) {
        GrammarState state = grammar.start();
        for (byte b : text) {
            state = state.accept(4 + (b & 0xFF));
            if (state == null) {
                return false;
            }
        }
        return state.allows(vocabulary.end);
    }
}
