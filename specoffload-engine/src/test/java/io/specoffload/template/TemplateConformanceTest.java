package io.specoffload.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.testing.Conformance;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Templates of published models render exactly as Jinja2 renders them, or refuse with the same message. */
class TemplateConformanceTest {

    static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-21T10:00:00Z"), ZoneOffset.UTC);

    record Case(String template, String name, Map<String, Object> context, String expected, String error) {
        @Override
        public String toString() {
            return template + " " + name;
        }
    }

    static List<Case> cases() throws IOException {
        Path file = Conformance.folder("chat-templates").resolve("cases.json");
        List<Map<String, Object>> cases =
                JsonMapper.builder().build().readValue(Files.readString(file), new TypeReference<>() {});
        return cases.stream().map(TemplateConformanceTest::toCase).toList();
    }

    @SuppressWarnings("unchecked")
    private static Case toCase(Map<String, Object> fields) {
        return new Case(
                (String) fields.get("template"),
                (String) fields.get("case"),
                (Map<String, Object>) fields.get("context"),
                (String) fields.get("expected"),
                (String) fields.get("error"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void rendersAsTheReference(Case sample) throws IOException {
        String source = Files.readString(Conformance.folder("chat-templates").resolve(sample.template()));
        JinjaTemplate template = JinjaTemplate.parse(source);

        if (sample.error() == null) {
            assertThat(template.render(sample.context(), CLOCK)).isEqualTo(sample.expected());
        } else {
            assertThatThrownBy(() -> template.render(sample.context(), CLOCK))
                    .isInstanceOf(TemplateRefusalException.class)
                    .hasMessage(sample.error());
        }
    }
}
